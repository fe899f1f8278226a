package rossgram

import (
	"context"
	"fmt"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/event"
	"rossgram.app/daemon/follow"
	protocol "rossgram.app/p2p/mirror"
)

// Warning is something the owner should do: a code that stays the same, and a
// sentence for people.
type Warning = event.WarningData

// lowDisk is how many bytes above the reserve are few.
const lowDisk = 512 << 20

// warnings looks at what is at hand already.
func (a *API) warnings(ctx context.Context, own content.AccountID, head content.Head, d Disk, states []follow.State) ([]Warning, error) {
	list := []Warning{}
	warn := func(code, format string, args ...any) {
		list = append(list, Warning{Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if hosted, ok := a.Replica.Hosted(own); ok {
		if path, there := hosted.Keyring.PhraseFile(); there {
			warn("phrase-file", "Your recovery phrase is still in %s: write the words on paper, then delete the file.", path)
		}
	}
	if len(a.Host.Addrs()) == 0 {
		warn("no-address", "No other node can reach this one: connect the machine to a network, or see network.listen in config.toml.")
	}
	if d.FreeBytes < d.reserve+lowDisk {
		warn("disk-low", "The disk is nearly full: %s are free, and posts are refused below %s. Make room on it.", size(d.FreeBytes), size(d.reserve))
	}
	if w, behind := clockWarning(head.Commit.Rev, a.Now()); behind {
		list = append(list, w)
	}
	if f, err := a.Follow.Fork(ctx, own); err == nil && f.Earlier.Commit.Epoch >= head.Commit.Epoch {
		warn("fork", "%s", follow.ForkMessage(f))
	}
	if was, moved := a.Replica.Retired(own); moved && was.Yielded() {
		warn("account-moved", "This machine does not post any more: a copy of its home on another one does. To post here again, stop the daemon and run rossgram move with your recovery phrase.")
	} else if moved {
		warn("account-moved", "Your account was moved to another machine: this one does not post any more, and follows it. To post here again, stop the daemon and run rossgram move with your recovery phrase.")
	}
	if left, err := a.Branches.Left(ctx, own); err == nil && len(left) > 0 {
		warn("left-behind", "%d of your posts are not where your account is written now. They are kept: rossgram rescue, on the machine that posts, lists them and posts them again.", len(left))
	}
	if few := a.Mirrors.FewOf(own); few.Posts > 0 {
		warn("few-holders", "%s", few.Message())
	}
	for _, s := range a.Pinning.States() {
		if s.Error != "" {
			warn("pinning", "The pinning service %s does not take your posts: %s", s.Name, s.Error)
		}
	}
	for _, g := range a.Mirrors.Given() {
		if g.State == protocol.Pending {
			warn("mirror-asked", "%s asks this node to keep it whole, in up to %s: rossgram mirror accept or refuse.", g.Account, size(g.Asked))
		}
	}
	for _, s := range states {
		if s.Phase == follow.Forked {
			warn("fork-followed", "Nothing more is shown of %s, which signed two histories: ask its owner.", s.Account)
		}
	}
	limits, err := a.Budget.Warnings(ctx)
	return append(list, limits...), err
}

// clockWarning warns of a clock that was set back: what is posted keeps its order,
// and others wait with it.
func clockWarning(last content.TID, now time.Time) (Warning, bool) {
	ahead := last.Time().Sub(now)
	return Warning{Code: "clock", Message: fmt.Sprintf(
		"This machine's clock is %v behind your last post: set it right, or others will wait with what you post.", ahead.Round(time.Minute),
	)}, ahead > content.MaxClockSkew
}

// size writes bytes for people, in decimal units.
func size(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	default:
		return fmt.Sprintf("%d MB", n/1e6)
	}
}

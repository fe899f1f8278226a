package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/store"
	"rossgram.app/daemon/event"
	"rossgram.app/daemon/follow"
	"rossgram.app/daemon/index"
	"rossgram.app/p2p/discover"
)

// MoveOptions says which account to take over, and where to look for it.
type MoveOptions struct {
	Phrase keys.Phrase
	// From are multiaddrs of nodes that hold the account, or invites to it; others
	// are looked for as the configuration has it.
	From []string
	// Wait is how long to look for somebody who holds the account.
	Wait time.Duration
	// Progress hears now and then how many bytes of photos are here; it may be nil.
	Progress func(bytes int64)
}

// MoveResult is the account as it was taken over.
type MoveResult struct {
	Account content.AccountID
	Epoch   content.Epoch
	Holders int // who was asked for the newest state; 0 if only the copy here was
	Missing int // files that nobody who was reached has, such as full-size photos
}

// settle is how long nothing newer must have been heard of before an account is
// taken over.
const settle = 3 * time.Second

// stalled is after how long without another file those that are missing are not
// waited for: friends often have no full-size photos. They come on demand, once
// somebody who has them is there.
const stalled = 10 * time.Second

// Move makes this machine the writer of an account that exists: it gets the newest
// state from whoever can be reached and holds it, photos and all, takes the next
// epoch, and tells others so. The machine that wrote before stops when it hears of
// it. No daemon may run in the home, which may be new, or have the account already.
//
// What a crash interrupts is taken up by calling it again. Kinds: Unavailable if
// nobody who holds the account was found in time, Exists if the home has another
// account, Conflict if a daemon runs in it, Invalid for an address that is none.
func Move(ctx context.Context, cfg Config, o MoveOptions) (MoveResult, error) {
	const op = "daemon.Move"
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	}
	cfg.Follow.Sources, cfg.Follow.Max = true, 0 // all photos of one's own are to be here
	account, err := o.Phrase.AccountKey()
	if err != nil {
		return MoveResult{}, content.E(op, content.Other, err)
	}
	m := &move{MoveOptions: o, account: account.ID()}
	m.Node = &Node{cfg: cfg, log: cfg.Log, started: time.Now(), events: new(event.Bus), done: make(chan struct{})}
	result, err := m.run(ctx)
	if err = errors.Join(err, m.Close()); err != nil {
		return MoveResult{}, content.E(op, content.Other, err)
	}
	return result, nil
}

// move is a node on its way to being the account's writer.
type move struct {
	*Node
	MoveOptions
	account content.AccountID
	ring    *keys.Keyring // that of the home, if it has the account
}

func (m *move) run(ctx context.Context) (MoveResult, error) {
	for _, step := range []func(context.Context) error{
		m.openStore, m.openRepositories, m.suspend, m.openNetwork, m.openFollow, m.find,
	} {
		if err := step(ctx); err != nil {
			return MoveResult{}, err
		}
	}
	got, err := m.fetch(ctx)
	if err != nil {
		return MoveResult{}, err
	}
	epoch, err := m.takeOver(ctx)
	if err == nil {
		m.spread(ctx)
	}
	return MoveResult{m.account, epoch, got.Holders, got.Files.Total - got.Files.Done}, err
}

// openStore opens the home, with the account's keys or without any.
func (m *move) openStore(ctx context.Context) (err error) {
	if err := checkHome(m.cfg.Home); err != nil {
		return err
	}
	if m.store, err = store.Open(ctx, m.cfg.Home, m.cfg.storeOptions()); err != nil {
		return err
	}
	m.onClose(m.store.Close)
	dirs, err := keys.ListKeyrings(m.cfg.path(accountsDir))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		ring, err := keys.OpenKeyring(dir)
		if err != nil {
			return err
		}
		if ring.ID() != m.account {
			return content.Errorf("daemon.Move", content.Exists, "there is another account in "+m.cfg.Home+": choose a new folder with --home")
		}
		m.ring = ring
	}
	m.index, err = index.Open(ctx, m.store.Index().Bucket("index/"), m.store.State().Bucket("index/"), m.store, []content.AccountID{m.account})
	return err
}

// suspend keeps what this machine has written from being overwritten unseen.
func (m *move) suspend(context.Context) error {
	if m.ring != nil {
		m.replica.Suspend(m.ring)
	}
	return nil
}

// find looks for the account among peers.
func (m *move) find(ctx context.Context) error {
	if err := m.follow.Adopt(ctx, m.account); err != nil {
		return err
	}
	for _, from := range m.From {
		if err := m.meet(ctx, strings.TrimSpace(from)); err != nil {
			return err
		}
	}
	return nil
}

func (m *move) meet(ctx context.Context, from string) error {
	const op = "daemon.Move"
	if !strings.HasPrefix(from, "/") {
		invite, err := discover.ParseInvite(from, time.Now())
		if err != nil {
			return err
		}
		if invite.Account() != m.account {
			return content.Errorf(op, content.Invalid, "the invite is of another account than the phrase")
		}
		return m.follow.Invited(ctx, invite)
	}
	addr, err := ma.NewMultiaddr(from)
	if err != nil {
		return content.E(op, content.Invalid, fmt.Errorf("%q is neither an invite nor an address: %w", from, err))
	}
	info, err := peer.AddrInfoFromP2pAddr(addr)
	if err != nil {
		return content.E(op, content.Invalid, errors.New("the address must end in /p2p/ and the node's ID, as rossgram status prints it there"))
	}
	m.dialer.Found(*info)
	return nil
}

// fetch waits until the newest state that anybody has is here, as whole as those
// who are connected have it. A machine that has the account already goes on with
// its copy if nobody answers in time.
func (m *move) fetch(ctx context.Context) (s follow.State, err error) {
	looked := time.NewTimer(m.MoveOptions.Wait)
	defer looked.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var newest content.Version
	since, late := time.Now(), false
	files, moved := 0, time.Now()
	for {
		select {
		case <-ctx.Done():
			return s, content.E("daemon.Move", content.Unavailable, ctx.Err())
		case <-looked.C:
			late = true
		case <-tick.C:
		}
		s, _ = m.follow.State(m.account)
		if m.Progress != nil {
			m.Progress(s.FileBytes)
		}
		if s.Files.Done != files || s.Version != newest {
			files, moved = s.Files.Done, time.Now()
		}
		enough := m.follow.Whole(m.account) || time.Since(moved) >= stalled
		if s.Version != newest || !enough {
			newest, since = s.Version, time.Now()
		}
		has := newest != content.Version{}
		switch {
		case has && (s.Holders > 0 || late && m.ring != nil) && time.Since(since) >= settle:
			return s, nil
		case late && !has && s.Holders == 0:
			return s, content.Errorf("daemon.Move", content.Unavailable,
				"nobody who holds the account of this phrase was found: name the old machine, or somebody who follows you, with --from")
		}
	}
}

// takeOver signs with the phrase that this machine writes from now on. Once the
// keyring is there, the next start of the daemon finishes what is left.
func (m *move) takeOver(ctx context.Context) (content.Epoch, error) {
	head, err := m.replica.Head(ctx, m.account)
	if err != nil {
		return 0, err
	}
	elsewhere, err := m.replica.WriterElsewhere(ctx, m.account)
	if err != nil {
		return 0, err
	}
	after := max(head.Commit.Epoch, elsewhere.Epoch)
	if m.ring != nil {
		after = max(after, m.ring.Certificate().Epoch)
	}
	ring, err := keys.RenewKeyring(filepath.Join(m.cfg.Home, accountsDir), m.Phrase, after, time.Now())
	if err != nil {
		return 0, err
	}
	return ring.Certificate().Epoch, m.hostAccount(ctx, ring)
}

// spreadFor is how long to wait until a peer shows that it has heard of the move.
// Who has not hears of it from the daemon, when that starts.
const spreadFor = 5 * time.Second

func (m *move) spread(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, spreadFor)
	defer cancel()
	h, ok := m.replica.Hosted(m.account)
	for ok && ctx.Err() == nil && len(m.host.Peers()) > 0 {
		told := true
		for _, p := range m.host.Peers() {
			told = told && m.follow.HasHeard(ctx, p.ID, h.Head())
		}
		if told {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

package reception

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/mailbox"
)

// way is how a notice came.
type way int

const (
	delivered way = iota // by a peer
	collected            // by a mirror, which kept it
	local                // from an account of this node
	approved             // by the owner's word
)

// Deliver judges a notice that a peer brought, see [mailbox.Receiver].
func (r *Reception) Deliver(ctx context.Context, _ peer.ID, n mailbox.Notice) (mailbox.Verdict, error) {
	return r.receive(ctx, n, delivered)
}

// Local judges a notice that no peer brought. One of an account of this node is of
// nobody strange, and as fast as it likes; who may comment holds for it too, but for
// the owner's own words. Any other was collected from a mirror: work in it counts for
// as long as mirrors keep notices.
func (r *Reception) Local(ctx context.Context, n mailbox.Notice) (mailbox.Verdict, error) {
	if _, hosted := r.Replica.Hosted(n.Actor()); hosted {
		return r.receive(ctx, n, local)
	}
	return r.receive(ctx, n, collected)
}

func (r *Reception) receive(ctx context.Context, n mailbox.Notice, by way) (mailbox.Verdict, error) {
	const op = "reception.Deliver"
	h, hosted := r.Replica.Hosted(n.Target())
	var v mailbox.Verdict
	var err error
	switch {
	case hosted:
		v, err = r.host(ctx, h, n, by)
	case r.mirrored(n.Target()) && by != approved:
		v, err = r.keep(ctx, n)
	default:
		return mailbox.Verdict{State: mailbox.Unknown}, nil
	}
	if err != nil {
		return mailbox.Verdict{}, content.E(op, content.Other, err)
	}
	return v, nil
}

// host judges a notice for a hosted account. What takes long is found out before the
// room is updated.
func (r *Reception) host(ctx context.Context, h *replica.Hosted, n mailbox.Notice, by way) (mailbox.Verdict, error) {
	s, known, err := r.standOf(ctx, n)
	if err != nil {
		return mailbox.Verdict{}, err
	}
	if known && by != approved && s.version().Compare(n.Head().Version()) >= 0 && s.settles(n) {
		return r.standing(s), nil
	}
	c, err := r.caseOf(ctx, h, n, by, s.tells(n))
	if err != nil {
		return mailbox.Verdict{}, err
	}
	err = r.update(ctx, 2*len(c.encoded)+1024, func(tx *store.Tx) (err error) {
		c.verdict, c.heard, c.dirty = mailbox.Verdict{}, 0, false
		c.tx = tx
		c.verdict, err = c.judge()
		return err
	})
	if err != nil {
		return mailbox.Verdict{}, err
	}
	if c.dirty {
		r.nudge()
	}
	if c.heard != 0 {
		r.tellNow(ctx, n, c.heard, c.now)
	}
	return c.verdict, nil
}

// standOf returns what is known of a notice's path. Most notices that come again are
// settled by that, without the cost of looking closer.
func (r *Reception) standOf(ctx context.Context, n mailbox.Notice) (s stand, known bool, err error) {
	err = r.room.View(ctx, func(tx *store.Tx) error {
		s, known, err = read[stand](tx, standKey(pairOf(n), n.Path()))
		return err
	})
	return s, known, err
}

// tells reports whether a notice tells a record again that was looked at, perhaps
// under another certificate than the one that it was signed under.
func (s stand) tells(n mailbox.Notice) bool {
	b, _ := n.Record()
	return s.isRecord(b.CID) && (s.State == taken || s.State == review)
}

// settles reports whether a notice of the stand's head, or of an earlier one, changes
// nothing. More trust may be shown for the same news.
func (s stand) settles(n mailbox.Notice) bool {
	if s.State != strange && s.State != blocked {
		return true
	}
	b, _ := n.Record()
	return s.version() != n.Head().Version() || !s.isRecord(b.CID)
}

// standing is the verdict on news which are older than a stand, or the same.
func (r *Reception) standing(s stand) mailbox.Verdict {
	switch s.State {
	case off, blocked:
		return mailbox.Verdict{State: mailbox.Refused}
	case strange:
		return mailbox.Verdict{State: mailbox.Pending, Bits: r.Bits}
	}
	return mailbox.Verdict{State: mailbox.Accepted}
}

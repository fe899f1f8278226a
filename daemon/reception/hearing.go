package reception

import (
	"context"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/mailbox"
)

// caseOf gathers what a notice is judged by.
func (r *Reception) caseOf(ctx context.Context, h *replica.Hosted, n mailbox.Notice, by way, again bool) (*hearing, error) {
	c := &hearing{r: r, n: n, pair: pairOf(n), by: by, now: r.Now()}
	var err error
	if !again || by == approved {
		c.about, err = r.about(ctx, r.view(h.ID(), h.Head()), n)
	}
	if err != nil {
		return nil, err
	}
	if c.encoded, err = n.Encode(); err != nil {
		return nil, err
	}
	if c.epoch, err = r.epochHeld(ctx, n.Actor()); err != nil {
		return nil, err
	}
	if c.followed, err = r.follows(ctx, n.Target(), n.Actor()); err != nil {
		return nil, err
	}
	if c.follower, err = r.follows(ctx, n.Actor(), n.Target()); err != nil {
		return nil, err
	}
	c.trusted = c.followed || n.Actor() == n.Target() || by >= local
	if !c.trusted {
		c.trusted, err = r.vouchedFor(ctx, n)
	}
	age := mailbox.Fresh
	if by == collected {
		age = KeptFor
	}
	c.bits = n.Bits(c.now, age)
	return c, err
}

// epochHeld returns the epoch of the head that is held of an account, 0 if none is.
func (r *Reception) epochHeld(ctx context.Context, account content.AccountID) (content.Epoch, error) {
	h, err := r.Replica.Head(ctx, account)
	if content.KindOf(err) == content.NotFound {
		return 0, nil
	}
	return h.Commit.Epoch, err
}

// hearing is one notice for a hosted account, on its way to a verdict.
type hearing struct {
	r    *Reception
	tx   *store.Tx
	n    mailbox.Notice
	pair pair
	by   way
	now  time.Time

	about    about
	encoded  []byte
	epoch    content.Epoch // of the actor, as held here
	followed bool          // the target follows the actor
	follower bool          // the actor follows the target, as far as others know
	trusted  bool          // not a stranger, whatever the room says
	bits     int

	verdict mailbox.Verdict
	heard   uint64 // the seq under which Heard is to be told; 0 if it is not
	dirty   bool   // there is something to list
}

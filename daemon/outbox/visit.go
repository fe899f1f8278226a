package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p/mailbox"
)

// deliver brings notices to somebody and returns the verdicts, in their order.
type deliver func(context.Context, []mailbox.Notice) ([]mailbox.Verdict, error)

// visit brings a target all that is due, by way of as many nodes as it takes.
func (o *Outbox) visit(ctx context.Context, id content.AccountID) {
	err, answered := o.expire(ctx, id), false
	if err == nil {
		answered, err = o.bring(ctx, id)
	}
	if err != nil && ctx.Err() == nil {
		o.Log.Debug("nobody takes what is for an account", "target", id, "error", err)
	}
	o.visited(id, answered, err)
	o.seek(id)
}

// bring reports whether anybody has answered for the target, and why something is left.
func (o *Outbox) bring(ctx context.Context, id content.AccountID) (answered bool, err error) {
	if _, here := o.Replica.Hosted(id); here {
		return o.bringTo(ctx, id, o.local)
	}
	if o.left(id) == 0 {
		return false, nil
	}
	o.seek(id)
	o.askAround(ctx)
	err = errNobody
	for node := range o.nodes(ctx, id) {
		did, fault := o.bringTo(ctx, id, o.by(node))
		if answered = answered || did; did {
			o.serves(ctx, node, id)
		}
		if _, wait := errors.AsType[*waitError](fault); wait || fault == nil {
			return answered, fault
		}
		if content.KindOf(fault) == content.NotFound {
			o.usesNot(id, node)
		} else {
			err = fault
		}
	}
	return answered, err
}

// by brings notices to a peer, while nothing else asks it: it would be too busy.
func (o *Outbox) by(node peer.ID) deliver {
	return func(ctx context.Context, notices []mailbox.Notice) ([]mailbox.Verdict, error) {
		leave, err := o.gates.enter(ctx, node)
		if err != nil {
			return nil, err
		}
		defer leave()
		return o.Speaker.Deliver(ctx, node, notices)
	}
}

// local brings notices to this node itself.
func (o *Outbox) local(ctx context.Context, notices []mailbox.Notice) ([]mailbox.Verdict, error) {
	verdicts := make([]mailbox.Verdict, len(notices))
	for i, n := range notices {
		v, err := o.Local(ctx, n)
		switch content.KindOf(err) {
		case content.Invalid, content.TooLarge, content.Permission:
			v, err = mailbox.Verdict{State: mailbox.Refused}, nil
		case content.NotFound:
			v, err = mailbox.Verdict{State: mailbox.Unknown}, nil
		}
		if err != nil {
			return nil, err
		}
		verdicts[i] = v
	}
	return verdicts, nil
}

// errUnknown ends the visit of a node that does not serve the target.
var errUnknown = content.Errorf("outbox.bring", content.NotFound, "the node takes nothing for the account")

// waitError ends a visit in which the target had enough for now.
type waitError struct{ wait time.Duration }

func (*waitError) Error() string { return "it takes no more for now" }

// bringTo brings all that is due to one node, and reports whether it has answered for
// the target. An error says why something is left.
func (o *Outbox) bringTo(ctx context.Context, id content.AccountID, to deliver) (answered bool, err error) {
	for {
		batch, err := o.batch(ctx, id)
		if err != nil || len(batch) == 0 {
			return answered, err
		}
		verdicts, err := to(ctx, notices(batch))
		if err != nil {
			return answered, err
		}
		unknown, err := o.settle(ctx, id, batch, verdicts)
		if err != nil {
			return answered, err
		}
		answered = answered || unknown < len(batch)
		if unknown > 0 {
			return answered, errUnknown
		}
		if last := verdicts[len(verdicts)-1]; last.State == mailbox.Later {
			return answered, &waitError{waitOf(last)}
		}
	}
}

// serves notes that a node takes what is for a target, for the next time.
func (o *Outbox) serves(ctx context.Context, node peer.ID, id content.AccountID) {
	if err := o.Book.Holds(ctx, node, []content.AccountID{id}, nil); err != nil && ctx.Err() == nil {
		o.Log.Warn("who serves an account is not remembered", "peer", node, "error", err)
	}
}

// usesNot notes that a node does not, so that others are tried before.
func (o *Outbox) usesNot(id content.AccountID, node peer.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if t := o.targets[id]; t != nil && len(t.useless) < maxUseless {
		t.useless[node] = struct{}{}
	}
}

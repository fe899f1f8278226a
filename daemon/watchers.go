package daemon

import (
	"context"
	"errors"

	"rossgram.app/content"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/announce"
)

// judge is the keeper, which is made after the announcer that asks it.
type judge struct{ n *Node }

// Judge says how a head compares with what is held.
func (j judge) Judge(h content.Head) announce.Verdict { return j.n.follow.Judge(h) }

// watchFollows tells the keeper of a step; it is a [replica.Watcher].
func (n *Node) watchFollows(ctx context.Context, u replica.Update) error {
	if n.follow == nil {
		return nil // it reads the repositories when it starts
	}
	return n.follow.Watch(ctx, u)
}

// watchMirrors tells the pinning services and the mirrors of a step; it is a
// [replica.Watcher].
func (n *Node) watchMirrors(ctx context.Context, u replica.Update) error {
	if n.mirrors == nil {
		return nil // they look at all that is hosted when they start
	}
	return errors.Join(n.pinning.Watch(ctx, u), n.mirrors.Watch(ctx, u))
}

// watchAnnounce announces a step that was made here. One that can't be is found
// by the next comparison of heads.
func (n *Node) watchAnnounce(ctx context.Context, u replica.Update) error {
	if n.announce == nil || u.Blocks == nil {
		return nil
	}
	if err := n.exchange.Published(ctx, u.Blocks...); err != nil {
		n.log.Warn("waiting peers are not told of new blocks", "error", err)
	}
	if err := n.announce.Publish(ctx, u.Head, u.Blocks); err != nil {
		n.log.Warn("a step is not announced", "account", u.Account, "error", err)
	}
	return nil
}

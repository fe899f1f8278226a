package daemon

import (
	"context"
	"time"

	"rossgram.app/content/repo"
	"rossgram.app/daemon/reception"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/mailbox"
)

// openReception takes what others say to the accounts of this node, and to those that
// it mirrors, and answers peers that bring it or collect it.
func (n *Node) openReception(ctx context.Context) (err error) {
	n.reception, err = reception.Open(ctx, reception.Parts{
		Replica: n.replica, Store: n.store, Verify: repo.VerifyHead, Log: n.log, Now: time.Now,
		Follows: n.index.Follows, Mirrors: n.follow.Mirrored,
	})
	if err != nil {
		return err
	}
	n.onClose(n.reception.Close)
	n.mailbox, err = mailbox.New(n.host.Libp2p(), mailbox.Config{Receiver: n.reception, Verify: repo.VerifyHead})
	if err != nil {
		return err
	}
	n.onClose(n.mailbox.Close)
	n.reception.Start()
	return nil
}

// watchReception tells of what owners say on their own posts; it is a
// [replica.Watcher].
func (n *Node) watchReception(ctx context.Context, u replica.Update) error {
	if n.reception == nil {
		return nil // it looks at what it missed when it starts
	}
	return n.reception.Watch(ctx, u)
}

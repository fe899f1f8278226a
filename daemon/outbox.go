package daemon

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/outbox"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/mailbox"
	protocol "rossgram.app/p2p/mirror"
)

// openMailbox answers peers that bring notices or collect them, and takes up what is
// to be brought to others.
func (n *Node) openMailbox(ctx context.Context) (err error) {
	n.mailbox, err = mailbox.New(n.host.Libp2p(), mailbox.Config{Receiver: receiver{}, Verify: repo.VerifyHead})
	if err != nil {
		return err
	}
	n.onClose(n.mailbox.Close)
	n.outbox, err = outbox.Open(ctx, outbox.Parts{
		Replica: n.replica, Store: n.store, Host: n.host, Speaker: n.mailbox, Sync: n.sync, Book: n.book, Dialer: n.dialer,
		Log: n.log, Local: n.receive, Mirrors: n.mirrorsOf, Now: time.Now,
	})
	if err != nil {
		return err
	}
	n.onClose(n.outbox.Close)
	return nil
}

// receive takes a notice for an account of this node that did not come from a peer.
func (n *Node) receive(ctx context.Context, notice mailbox.Notice) (mailbox.Verdict, error) {
	return receiver{}.Deliver(ctx, n.host.ID(), notice)
}

// mirrorsOf names the nodes that have promised to keep an account of this node.
func (n *Node) mirrorsOf(account content.AccountID) (nodes []peer.ID) {
	for _, w := range n.mirrors.Wanted() {
		if w.Account == account && w.State == protocol.Accepted {
			nodes = append(nodes, w.Node)
		}
	}
	return nodes
}

// watchOutbox notes whom a step concerns; it is a [replica.Watcher].
func (n *Node) watchOutbox(ctx context.Context, u replica.Update) error {
	if n.outbox == nil {
		return nil // it looks at what it missed when it starts
	}
	return n.outbox.Watch(ctx, u)
}

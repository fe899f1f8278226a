package daemon

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/event"
	"rossgram.app/daemon/index"
	"rossgram.app/daemon/outbox"
	"rossgram.app/daemon/reception"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/mailbox"
	protocol "rossgram.app/p2p/mirror"
)

// openMailbox takes what others say to the accounts of this node, and to those that it
// mirrors, answers peers that bring it or collect it, and takes up what is to be
// brought to others.
func (n *Node) openMailbox(ctx context.Context) (err error) {
	n.reception, err = reception.Open(ctx, reception.Parts{
		Replica: n.replica, Store: n.store, Verify: repo.VerifyHead, Log: n.log, Now: time.Now,
		Follows: n.index.Follows, Mirrors: n.follow.Mirrored, Heard: n.heard,
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
	n.outbox, err = outbox.Open(ctx, outbox.Parts{
		Replica: n.replica, Store: n.store, Host: n.host, Speaker: n.mailbox, Sync: n.sync, Book: n.book, Dialer: n.dialer,
		Log: n.log, Local: n.reception.Local, Mirrors: n.mirrorsOf, Now: time.Now,
	})
	if err != nil {
		return err
	}
	n.onClose(n.outbox.Close)
	n.reception.Start()
	return nil
}

// heard has the index notify of a notice that was taken, and tells who watches.
func (n *Node) heard(ctx context.Context, _ content.AccountID, notice mailbox.Notice, at time.Time) error {
	h := index.Heard{Actor: notice.Actor(), Path: notice.Path(), At: at}
	if b, there := notice.Record(); there {
		h.Record = b.Data
	}
	if err := n.index.Heard(ctx, h); err != nil {
		return err
	}
	n.events.Publish(event.Response, responseData{h.Actor, content.URI{Account: h.Actor, Path: h.Path}})
	return nil
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

// watchReception tells of what owners say on their own posts; it is a
// [replica.Watcher].
func (n *Node) watchReception(ctx context.Context, u replica.Update) error {
	if n.reception == nil {
		return nil // it looks at what it missed when it starts
	}
	return n.reception.Watch(ctx, u)
}

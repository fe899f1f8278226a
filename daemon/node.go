package daemon

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/store"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/rossgram"
	"rossgram.app/daemon/branch"
	"rossgram.app/daemon/budget"
	"rossgram.app/daemon/event"
	"rossgram.app/daemon/follow"
	"rossgram.app/daemon/index"
	"rossgram.app/daemon/mirror"
	"rossgram.app/daemon/outbox"
	"rossgram.app/daemon/pinning"
	"rossgram.app/daemon/publish"
	"rossgram.app/daemon/reception"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/exchange"
	"rossgram.app/p2p/mailbox"
	syncing "rossgram.app/p2p/sync"
)

// Node is a running daemon. Make it with [Open].
type Node struct {
	cfg     Config
	log     *slog.Logger
	started time.Time
	rings   []*keys.Keyring

	store     *store.Store
	index     *index.Index
	events    *event.Bus
	replica   *replica.Replica
	branches  *branch.Shelf
	witness   witness
	publish   *publish.Publisher
	budget    *budget.Budget
	host      *p2p.Host
	exchange  *exchange.Exchange
	book      *discover.Book
	contacts  *contacts
	dialer    *discover.Dialer
	dht       *discover.DHT // nil if it is off
	sync      *syncing.Syncer
	announce  *announce.Announcer
	follow    *follow.Keeper
	mirrors   *mirror.Mirrors
	pinning   *pinning.Pinner
	mailbox   *mailbox.Speaker
	outbox    *outbox.Outbox
	reception *reception.Reception
	access    *access.Access

	ours  *rossgram.API
	api   string // address, as a URL
	ready atomic.Bool

	closers []func() error // what Close undoes, in reverse
	once    sync.Once
	done    chan struct{} // closed when the API serves no longer
	failed  error         // why, to be read once done is closed
	closed  error
}

// Open starts the node of a home: it returns once the API answers. Kinds: Conflict
// if another process has the home open or the peers' port is in use, Unavailable
// if the API's port is, NotFound if there is no account, Permission if others may
// read the keys.
func Open(ctx context.Context, cfg Config) (*Node, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	n := &Node{cfg: cfg, log: cfg.Log, started: time.Now(), events: new(event.Bus), done: make(chan struct{})}
	if err := n.open(ctx); err != nil {
		return nil, errors.Join(content.E("daemon.Open", content.Other, err), n.Close())
	}
	return n, nil
}

// open builds the node from the disk to the network to the API.
func (n *Node) open(ctx context.Context) error {
	steps := []func(context.Context) error{
		n.openHome, n.openRepositories, n.openNetwork, n.openFollow, n.openDiscovery, n.openAPI,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// onClose notes what [Node.Close] undoes.
func (n *Node) onClose(f func() error) { n.closers = append(n.closers, f) }

// Ready returns the API's address and the node's peer ID.
func (n *Node) Ready() (api, peer string) { return n.api, n.host.ID().String() }

// Done is closed when the node serves no longer, by [Node.Close] or by a failure.
func (n *Node) Done() <-chan struct{} { return n.done }

// Wait waits for that and returns the failure, if it was one.
func (n *Node) Wait() error {
	<-n.done
	return n.failed
}

// Close stops the node in the reverse order of its start and waits for all that
// it runs. What was acknowledged is on disk.
func (n *Node) Close() error {
	n.once.Do(func() {
		var errs []error
		for i := len(n.closers) - 1; i >= 0; i-- {
			errs = append(errs, n.closers[i]())
		}
		n.closed = errors.Join(errs...)
	})
	return n.closed
}

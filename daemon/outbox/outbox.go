// Package outbox brings what hosted accounts say to the accounts that it concerns: a
// follow, a like, a comment, a mention, and that it is taken back. It also collects
// what mirrors keep for hosted accounts.
//
// It guarantees that what is to be brought is on disk before whoever said it is
// answered, and that a start finds what a crash kept from it; that a target hears of a
// record as it stands when it is told, so that several changes are told as one; and
// that it is tried, at growing intervals and whenever a node that holds the target
// appears, until a node that serves the target has answered for it, or for [Lasts].
// What is collected is kept durably before its mirror may forget it. What is remembered
// is bounded (limits.go).
//
// It leaves to its caller what becomes of a notice that is for an account of this node,
// see [Parts]. The messages are package mailbox's.
package outbox

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/mailbox"
	syncing "rossgram.app/p2p/sync"
)

// Parts is what an [Outbox] works with. All are needed but Pace.
type Parts struct {
	Replica *replica.Replica
	Store   *store.Store
	Host    *p2p.Host
	Speaker *mailbox.Speaker
	Sync    *syncing.Syncer
	Book    *discover.Book
	Dialer  *discover.Dialer
	Log     *slog.Logger
	// Local takes a notice for an account of this node, as if a peer had brought it:
	// the error's kinds are those of [mailbox.Receiver]. It is durable when it returns.
	Local func(context.Context, mailbox.Notice) (mailbox.Verdict, error)
	// Mirrors names the nodes that have promised to keep a hosted account.
	Mirrors func(content.AccountID) []peer.ID
	Pace    Pace
	Now     func() time.Time
}

// Outbox is what is to be brought to others. Make it with [Open], then [Outbox.Start]
// it. It is safe for concurrent use.
type Outbox struct {
	Parts
	room   *store.KV // see state.go
	ctx    context.Context
	cancel context.CancelFunc
	owned  sync.WaitGroup
	slots  chan struct{} // taken by each visit
	wake   chan struct{} // holds one: something may be due
	gates  gates

	delivered, collected, bad atomic.Int64 // see Counts

	seeking sync.Mutex // makes calls of the dialer follow each other; taken before mu

	// changing makes changes of what is on disk follow each other; taken before mu.
	changing sync.Mutex
	looked   map[content.AccountID]content.Version // how far, of hosted accounts

	// mu guards the rest. Under it, nothing else of this node is called.
	mu       sync.Mutex
	targets  map[content.AccountID]*target
	count    int                            // entries of all targets
	changes  uint64                         // of entries, since the start
	sought   map[content.AccountID]struct{} // targets that the dialer seeks
	rounds   map[round]time.Time            // when they are due
	asking   map[round]struct{}             // those under way
	next     time.Time                      // when all mirrors are asked again
	learning map[peer.ID]bool
	solving  bool
	closed   bool
}

// Open reads what is to be brought. [Outbox.Watch] may be called from then on.
func Open(ctx context.Context, parts Parts) (*Outbox, error) {
	o := &Outbox{
		Parts: parts, room: parts.Store.State().Bucket("outbox/"),
		slots: make(chan struct{}, atOnce), wake: make(chan struct{}, 1),
		looked:   make(map[content.AccountID]content.Version),
		targets:  make(map[content.AccountID]*target),
		sought:   make(map[content.AccountID]struct{}),
		rounds:   make(map[round]time.Time),
		asking:   make(map[round]struct{}),
		learning: make(map[peer.ID]bool),
	}
	o.Pace.setDefaults()
	o.ctx, o.cancel = context.WithCancel(context.Background())
	if err := o.load(ctx); err != nil {
		return nil, content.E("outbox.Open", content.Other, err)
	}
	return o, nil
}

// Start looks for what was said since it was looked last, and begins to bring it. An
// account that is damaged is looked at when it speaks, or at the next start. ctx bounds
// the looking; an error is that it ended.
func (o *Outbox) Start(ctx context.Context) error {
	for _, account := range o.Replica.HostedAccounts() {
		err := o.catchUp(ctx, account)
		if ctx.Err() != nil {
			return content.E("outbox.Start", content.Other, err)
		}
		if err != nil {
			o.Log.Warn("what an account said can't be looked at, so others may not hear of it", "account", account, "error", err)
		}
	}
	peers, unsubscribe := o.Host.Subscribe(256)
	o.own(func(ctx context.Context) {
		defer unsubscribe()
		o.watchPeers(ctx, peers)
	})
	o.own(o.run)
	for _, p := range o.Host.Peers() {
		o.met(p.ID, p.Protocols)
	}
	return nil
}

// own runs f until the outbox closes, unless it has.
func (o *Outbox) own(f func(context.Context)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.owned.Go(func() { f(o.ctx) })
	}
}

// Close stops bringing and collecting, and waits.
func (o *Outbox) Close() error {
	o.cancel()
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.owned.Wait()
	return nil
}

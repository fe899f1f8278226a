// Package budget keeps a node within what its owner gives it: room on the disk for
// other people's photos, and traffic.
//
// It guarantees that records are never evicted, nor anything of the node's own
// accounts or that [Parts.Spared] names; that one account can't push out what is
// held of others as long as it takes more than they do, whatever it claims of its
// sizes; that which photos are here only on demand, and what was sent and received
// today, survives a restart (a crash loses a minute of the count). How the disk is
// measured and that a limit is not passed is package store's; fetching is package
// follow's, which asks here what to fetch without being asked for.
package budget

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/event"
	"rossgram.app/daemon/replica"
)

// Limits is what the owner gives. Zero is no limit.
type Limits struct {
	PerFollow  int64 // bytes of photos of one followed account, unless it has a limit of its own
	DailyDown  int64 // bytes received a day
	DailyUp    int64 // bytes sent a day
	UploadRate int64 // bytes of blocks a second, to all peers together
	Metered    bool  // at the start: see [Budget.SetMetered]
	Sources    bool  // full-size photos are fetched too, not only on demand
}

// Parts is what a budget works with. All but Spared are needed.
type Parts struct {
	Store   *store.Store
	Replica *replica.Replica
	Events  *event.Bus
	Log     *slog.Logger
	Now     func() time.Time
	// Traffic returns the bytes received and sent since the start.
	Traffic func() (in, out int64)
	// Spared says that photos which a record refers to are never evicted, though
	// the account is not this node's: the owner saved the post, say. Where the path
	// is empty, the whole account is meant, and its sources too: it is mirrored.
	Spared func(content.AccountID, content.Path) bool
	Limits
}

// Budget is a node's budget. Make it with [Open], then [Budget.Start] it. It is
// safe for concurrent use.
type Budget struct {
	Parts
	room     *store.KV // see keep.go
	serve    gate
	surveyed surveys
	cancel   context.CancelFunc
	owned    sync.WaitGroup
	look     chan struct{} // holds one: shares are to be looked at

	// shelving is held while it is decided what stays and what goes.
	shelving sync.Mutex
	barren   time.Time // until when there is nothing to evict
	garbage  int64     // bytes evicted that the disk has not back

	mu      sync.Mutex // guards the rest
	replan  func(context.Context, content.AccountID) error
	shelves map[content.AccountID]shelf
	caps    map[content.AccountID]int64
	present map[content.AccountID]int64 // bytes of files, as counted last
	evicted Evicted
	metered bool
	day     day
	told    map[string]bool // warnings that were told and still hold
}

// Evicted is what was evicted since the start.
type Evicted struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// Open reads what an earlier run left.
func Open(ctx context.Context, parts Parts) (*Budget, error) {
	if parts.Spared == nil {
		parts.Spared = func(content.AccountID, content.Path) bool { return false }
	}
	b := &Budget{
		Parts: parts, room: parts.Store.State().Bucket("budget/"), look: make(chan struct{}, 1),
		shelves: make(map[content.AccountID]shelf), caps: make(map[content.AccountID]int64),
		present: make(map[content.AccountID]int64), told: make(map[string]bool),
		metered: parts.Metered, serve: newGate(parts.UploadRate),
	}
	if err := b.load(ctx); err != nil {
		return nil, content.E("budget.Open", content.Other, err)
	}
	return b, nil
}

// Start begins to make room when the store has none, and to count traffic. replan
// has an account looked through again, for what is missing of it; it must return
// without waiting for that.
func (b *Budget) Start(replan func(context.Context, content.AccountID) error) {
	b.mu.Lock()
	b.replan = replan
	b.mu.Unlock()
	var ctx context.Context
	ctx, b.cancel = context.WithCancel(context.Background())
	b.Store.SetRelief(b.relieve)
	b.owned.Go(func() { b.keepShares(ctx) })
	b.owned.Go(func() { b.keepCount(ctx) })
}

// Close stops that and writes the day's count down.
func (b *Budget) Close() error {
	if b.cancel == nil {
		return nil
	}
	b.Store.SetRelief(func(context.Context, int64) {})
	b.cancel()
	b.owned.Wait()
	b.shelving.Lock() // a relief that began before
	defer b.shelving.Unlock()
	return b.saveDay(context.Background())
}

// lookSoon has shares looked at.
func (b *Budget) lookSoon() {
	select {
	case b.look <- struct{}{}:
	default: // they will be anyway
	}
}

// Times.
const (
	sharesEvery = 10 * time.Minute // shares are looked at without a cause
	sampleEvery = time.Minute      // the count is written down, and warnings are looked at
	barrenFor   = 5 * time.Second  // after an eviction that found nothing
	neededEvery = time.Hour        // how exactly it is known when a photo was needed
)

// keepShares looks at the shares of accounts when something has changed.
func (b *Budget) keepShares(ctx context.Context) {
	timer := time.NewTicker(sharesEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.look:
		case <-timer.C:
			b.widen(ctx)
		}
		if err := b.rebalance(ctx); err != nil && ctx.Err() == nil {
			b.Log.Warn("photos of followed accounts are not evicted as their limits say", "error", err)
		}
	}
}

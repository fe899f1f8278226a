// Package reception takes the notices that are for the accounts of this node: it
// decides which of them are taken, and lists those that respond to a post in the
// repository of the post's author. For accounts that this node mirrors it keeps
// notices until a node that hosts them collects them.
//
// It guarantees that nothing is taken that is not about the account, that of two
// notices about one path of one actor the one under the later head counts, in
// whichever order they come, and that what was accepted is durable before the sender
// hears of it: it is listed once, also across a crash. What the owner took off stays
// off. What strangers can make this node keep is bounded (limits.go).
//
// It leaves verifying notices to package mailbox, the form of lists to package record,
// committing to package replica, and telling the owner to whoever is called as
// [Parts.Heard].
package reception

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
	"rossgram.app/p2p/mailbox"
)

// Parts is what a [Reception] works with. Replica, Store, Verify, Log and Now are
// required.
type Parts struct {
	Replica *replica.Replica
	Store   *store.Store
	Verify  p2p.VerifyHead
	Log     *slog.Logger
	Now     func() time.Time
	Pace    Pace
	Bits    int // of a stranger's puzzle, [Bits] if it is 0

	// Follows reports whether an account follows another, as far as it is known here.
	// Nil is nobody.
	Follows func(ctx context.Context, owner, actor content.AccountID) (bool, error)
	// Invited reports whether an account came by an invitation of another. Nil is
	// nobody.
	Invited func(ctx context.Context, owner, actor content.AccountID) (bool, error)
	// Mirrors reports whether this node has promised to keep an account. Nil is none.
	Mirrors func(account content.AccountID) bool
	// Heard is told of each notice of others that was accepted for a hosted account: at least
	// once, also across a crash, and without an order between notices; the head tells
	// which of two is newer. What it fails to note is told again later. Nil is nobody.
	Heard func(ctx context.Context, target content.AccountID, n mailbox.Notice, at time.Time) error
}

// Reception takes notices: it is a [mailbox.Receiver]. Make it with [Open], then
// [Reception.Start] it. It is safe for concurrent use.
type Reception struct {
	Parts
	room   *store.KV // see state.go
	ctx    context.Context
	cancel context.CancelFunc
	owned  sync.WaitGroup
	jobs   chan *job     // for the one goroutine that updates the room
	wake   chan struct{} // holds one: there is something to list
	rates  rates
	views  views
	due    map[tallyName]time.Time // of the writer alone: when a tally is counted next
}

var _ mailbox.Receiver = (*Reception)(nil)

// Open begins to take notices. [Reception.Watch] may be called from then on.
func Open(ctx context.Context, parts Parts) (*Reception, error) {
	const op = "reception.Open"
	r := &Reception{
		Parts: parts, room: parts.Store.State().Bucket("reception/"),
		jobs: make(chan *job, maxBatch), wake: make(chan struct{}, 1),
		rates: newRates(), views: newViews(), due: make(map[tallyName]time.Time),
	}
	r.Pace.setDefaults()
	if r.Bits == 0 {
		r.Bits = Bits
	}
	r.ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	r.owned.Go(r.commit)
	if err := r.finishBlocks(ctx); err != nil {
		r.cancel()
		r.owned.Wait()
		return nil, content.E(op, content.Other, err)
	}
	return r, nil
}

// Start begins to list what was accepted, also before the node stopped.
func (r *Reception) Start() {
	r.nudge()
	r.owned.Go(r.write)
	r.owned.Go(r.tidy)
}

// Close stops taking and listing, and waits. What is not listed yet is listed after
// the next [Open].
func (r *Reception) Close() error {
	r.cancel()
	r.owned.Wait()
	return nil
}

func (r *Reception) follows(ctx context.Context, owner, actor content.AccountID) (bool, error) {
	if r.Follows == nil {
		return false, nil
	}
	return r.Follows(ctx, owner, actor)
}

func (r *Reception) invited(ctx context.Context, owner, actor content.AccountID) (bool, error) {
	if r.Invited == nil {
		return false, nil
	}
	return r.Invited(ctx, owner, actor)
}

func (r *Reception) mirrored(account content.AccountID) bool {
	return r.Mirrors != nil && r.Mirrors(account)
}

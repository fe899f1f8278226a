// Package replica keeps this node's copies of repositories: those of the
// accounts it hosts, which it writes, and those of the accounts it follows,
// which it verifies and advances.
//
// It is the one place that publishes to the store, so that what a peer may see
// is decided once: the blocks of a published head, its records and the files and
// pages they refer to are pinned with the head that made them public, and unpinned
// with the head that dropped them. A published state is durable before anybody
// hears of it, and watchers (the index, the announcer) hear of the states of one
// account in order.
package replica

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
)

// Update is one published step of one repository.
type Update struct {
	Account    content.AccountID
	Head, Prev content.Head // Prev is zero for the first state held here
	Records    []repo.RecordChange
	// Blocks are the new tree nodes, records and the commit, where the step was
	// made here; nil for a step that came from a peer.
	Blocks []content.Block
}

// Watcher hears of every published step, after it is durable and before whoever
// asked for it is answered. Its error is returned to the asker, but takes
// nothing back. It must not begin a step of the same account, which would wait
// for itself.
type Watcher func(context.Context, Update) error

// Replica is the set of repositories on this node. Make it with [New].
type Replica struct {
	store    *store.Store
	room     *store.KV // see retire.go
	now      func() time.Time
	watchers []Watcher

	mu      sync.Mutex
	hosted  map[content.AccountID]*Hosted
	retired map[content.AccountID]Retired
	locks   map[content.AccountID]*accountLock
}

// accountLock makes the steps of one account follow each other.
type accountLock struct {
	sync.Mutex
	users int
}

// New returns the replica kept in st. Watchers are called in their order; they
// are fixed, so that no step can be missed.
func New(st *store.Store, now func() time.Time, watchers ...Watcher) *Replica {
	return &Replica{
		store: st, room: st.State().Bucket("replica/"), now: now, watchers: watchers,
		hosted:  make(map[content.AccountID]*Hosted),
		retired: make(map[content.AccountID]Retired),
		locks:   make(map[content.AccountID]*accountLock),
	}
}

// Head returns the head held of an account; kind NotFound if there is none.
func (r *Replica) Head(ctx context.Context, account content.AccountID) (content.Head, error) {
	b, err := r.store.Head(ctx, account)
	if err != nil {
		return content.Head{}, err
	}
	h, err := repo.DecodeHead(b)
	if err != nil {
		return content.Head{}, content.E("replica.Head", content.Corrupt, err)
	}
	return h, nil
}

// View returns read access to the state held of an account; kind NotFound if
// there is none.
func (r *Replica) View(ctx context.Context, account content.AccountID) (*repo.View, error) {
	h, err := r.Head(ctx, account)
	if err != nil {
		return nil, err
	}
	return repo.NewView(r.store, h), nil
}

// Advance publishes a newer state of an account that is not hosted here. The
// caller has verified that change.Head succeeds change.Prev, or is to stand in its
// place, and has stored the blocks of the tree and the records. Kind Conflict if the head held is not
// change.Prev any more, Permission if the account is hosted here. An error of a
// watcher comes after the state is published.
func (r *Replica) Advance(ctx context.Context, change *repo.Change) error {
	const op = "replica.Advance"
	account := change.Head.Account()
	defer r.lock(account)()
	if _, ok := r.Hosted(account); ok {
		return content.Errorf(op, content.Permission, "an account of this node is written here and nowhere else")
	}
	if err := r.checkPrev(ctx, change); err != nil {
		return content.E(op, content.Other, err)
	}
	if err := r.publish(ctx, change); err != nil {
		return content.E(op, content.Other, err)
	}
	if err := r.tell(ctx, change); err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// checkPrev makes sure that the head held is the one a change begins from.
func (r *Replica) checkPrev(ctx context.Context, change *repo.Change) error {
	account, want := change.Head.Account(), []byte(nil)
	if change.Prev.Version() != (content.Version{}) {
		var err error
		if want, err = repo.EncodeHead(change.Prev); err != nil {
			return err
		}
	}
	have, err := r.store.Head(ctx, account)
	if err != nil && content.KindOf(err) != content.NotFound {
		return err
	}
	if !bytes.Equal(have, want) {
		return content.Errorf("replica.checkPrev", content.Conflict, "the repository has moved on meanwhile")
	}
	return nil
}

// Drop forgets an account that is not hosted here: its head, and its blocks
// where no other account needs them.
func (r *Replica) Drop(ctx context.Context, account content.AccountID) error {
	defer r.lock(account)()
	if _, ok := r.Hosted(account); ok {
		return content.Errorf("replica.Drop", content.Permission, "an account of this node can't be dropped")
	}
	return r.store.UnpinAccount(ctx, account)
}

// publish makes a step durable. The account is locked.
func (r *Replica) publish(ctx context.Context, change *repo.Change) error {
	p, err := r.publication(ctx, change)
	if err != nil {
		return err
	}
	return r.store.Publish(ctx, p)
}

// tell calls the watchers of a step that is durable, all of them, and even if
// whoever asked for the step has left. The account is locked.
func (r *Replica) tell(ctx context.Context, change *repo.Change) error {
	ctx = context.WithoutCancel(ctx)
	u := Update{change.Head.Account(), change.Head, change.Prev, change.Records, change.Blocks}
	var errs []error
	for _, watch := range r.watchers {
		errs = append(errs, watch(ctx, u))
	}
	return errors.Join(errs...)
}

// lock serialises the steps of one account and returns the function that ends
// the step.
func (r *Replica) lock(account content.AccountID) func() {
	r.mu.Lock()
	l := r.locks[account]
	if l == nil {
		l = new(accountLock)
		r.locks[account] = l
	}
	l.users++
	r.mu.Unlock()
	l.Lock()
	return func() {
		l.Unlock()
		r.mu.Lock()
		defer r.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(r.locks, account)
		}
	}
}

package index_test

import (
	"context"
	"errors"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"rossgram.app/content"
)

// interrupted is a context that ends when it was asked a number of times, which
// every transaction does before it begins.
type interrupted struct {
	context.Context
	left atomic.Int64
}

func interruptAfter(ctx context.Context, n int) *interrupted {
	i := &interrupted{Context: ctx}
	i.left.Store(int64(n))
	return i
}

func (i *interrupted) Err() error {
	if i.left.Add(-1) < 0 {
		return context.Canceled
	}
	return i.Context.Err()
}

// copyOf is an account at another time.
func (a *account) copyOf() *account {
	c := *a
	c.records = maps.Clone(a.records)
	return &c
}

// recover brings the index up to the accounts held, as a start of the daemon does.
func (w *world) recover(held ...*account) {
	w.t.Helper()
	w.open()
	w.ix.SetStep(2)
	indexed, err := w.ix.Versions(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, a := range held {
		have, known := indexed[a.id]
		delete(indexed, a.id)
		if known && have == a.version {
			continue
		}
		if err := w.ix.Replace(w.t.Context(), a.id, a.version, a.all()); err != nil {
			w.t.Fatal(err)
		}
	}
	for id := range indexed {
		if err := w.ix.Forget(w.t.Context(), id); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestWhatWasInterruptedAnywhereIsMadeUpFor stops each operation before every one
// of its transactions. The start after it gives the index that a rebuild gives.
func TestWhatWasInterruptedAnywhereIsMadeUpFor(t *testing.T) {
	anna, ben, carl := newAccount(0), newAccount(1), newAccount(2)
	w := newWorld(t, anna)
	w.enter(ben, append(posts(5), profile("Ben"), follow(carl), post(tidAt(time.Hour), "waits"))...)
	w.enter(anna, post(tidAt(1), "anna"), profile("Anna"))
	alone := anna.copyOf()
	toFollow := w.enter(anna, follow(ben), follow(carl))
	following := anna.copyOf()
	toUnfollow := w.enter(anna, unfollow(ben))
	after := anna.copyOf()
	benBefore := ben.copyOf()
	toPost := w.enter(ben, append(posts(3), unpost(tidAt(-time.Minute)), post(tidAt(2), "new"), unfollow(carl))...)

	for name, c := range map[string]struct {
		before, after []*account
		do            func(context.Context) error
	}{
		"following": {[]*account{alone, ben}, []*account{following, ben}, func(ctx context.Context) error {
			return w.ix.Apply(ctx, anna.id, alone.version, following.version, toFollow)
		}},
		"unfollowing": {[]*account{following, ben}, []*account{after, ben}, func(ctx context.Context) error {
			return w.ix.Apply(ctx, anna.id, following.version, after.version, toUnfollow)
		}},
		"posts": {[]*account{following, benBefore}, []*account{following, ben}, func(ctx context.Context) error {
			return w.ix.Apply(ctx, ben.id, benBefore.version, ben.version, toPost)
		}},
		"a new account": {[]*account{following}, []*account{following, ben}, func(ctx context.Context) error {
			return w.ix.Apply(ctx, ben.id, content.Version{}, ben.version, ben.all())
		}},
		"a new account that is dropped": {[]*account{following}, []*account{following}, func(ctx context.Context) error {
			return w.ix.Apply(ctx, ben.id, content.Version{}, ben.version, ben.all())
		}},
		"forgetting": {[]*account{following, ben}, []*account{following}, func(ctx context.Context) error {
			return w.ix.Forget(ctx, ben.id)
		}},
		"forgetting one that is followed again": {[]*account{following, ben}, []*account{following, ben}, func(ctx context.Context) error {
			return w.ix.Forget(ctx, ben.id)
		}},
		"replacing": {[]*account{following, benBefore}, []*account{following, ben}, func(ctx context.Context) error {
			return w.ix.Replace(ctx, ben.id, ben.version, ben.all())
		}},
		"replacing a viewer": {[]*account{following, ben}, []*account{after, ben}, func(ctx context.Context) error {
			return w.ix.Replace(ctx, anna.id, after.version, after.all())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			rebuildInOrder(w, c.after)
			want := w.dump()
			for n := 0; ; n++ {
				w.recover(c.before...)
				err := c.do(interruptAfter(t.Context(), n))
				w.recover(c.after...)
				if got := w.dump(); got != want {
					t.Fatalf("interrupted after %d transactions:\n%s\nwant\n%s", n, got, want)
				}
				if err == nil {
					if n < 5 {
						t.Errorf("only %d transactions", n)
					}
					return
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
			}
		})
	}
}

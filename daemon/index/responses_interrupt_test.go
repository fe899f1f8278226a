package index_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"rossgram.app/content"
)

// TestResponsesInterruptedAnywhere stops entering and forgetting them before every
// transaction; the start after it gives what a rebuild gives.
func TestResponsesInterruptedAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector; it runs without")
	}
	list := people()
	anna, ben := list[0], list[1]
	w := newWorld(t, anna.account)
	w.ix.SetClock(func() time.Time { return began })
	uri := postOf(anna.account, tidAt(0))
	w.enter(anna.account, post(tidAt(0), "anna"), follow(ben.account))
	w.enter(ben.account, post(tidAt(0), "ben"), like(uri, 0), reblog(uri, 0), ben.comment(uri, tidAt(1), "one"), w.conversationOf(ben, 120, list[1:]...))
	before := ben.copyOf()
	step := w.enter(ben.account, change{path: likeAt(uri)}, change{path: reblogAt(uri)}, change{path: commentAt(tidAt(1))},
		w.conversationOf(ben, 60, list[2:]...), ben.comment(uri, tidAt(2), "two"))
	for name, c := range map[string]struct {
		before, after []*account
		do            func(context.Context) error
	}{
		"a step": {[]*account{anna.account, before}, []*account{anna.account, ben.account}, func(ctx context.Context) error {
			return w.ix.Apply(ctx, ben.id, before.version, ben.version, step)
		}},
		"a new account": {[]*account{anna.account}, []*account{anna.account, ben.account}, func(ctx context.Context) error {
			return w.ix.Apply(ctx, ben.id, content.Version{}, ben.version, ben.all())
		}},
		"forgetting": {[]*account{anna.account, ben.account}, []*account{anna.account}, func(ctx context.Context) error {
			return w.ix.Forget(ctx, ben.id)
		}},
		"replacing": {[]*account{anna.account, before}, []*account{anna.account, ben.account}, func(ctx context.Context) error {
			return w.ix.Replace(ctx, ben.id, ben.version, ben.all())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.recover(anna.account, ben.account) // so that all notifications have their time
			rebuildInOrder(w, c.after)
			want := w.dump()
			for n := 0; ; n += 1 + n/8 {
				w.recover(c.before...)
				err := c.do(interruptAfter(t.Context(), n))
				w.recover(c.after...)
				if got := w.dump(); got != want {
					t.Fatalf("interrupted after %d transactions:\n%s\nwant\n%s", n, got, want)
				}
				if err == nil {
					return
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
			}
		})
	}
}

package index_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/index"
)

// step is one commit of an account, and all its records after it.
type step struct {
	account      content.AccountID
	from, to     content.Version
	changes, all []repo.RecordChange
}

// heads is the last step of each account, as the store has it.
type heads struct {
	mu sync.Mutex
	of map[content.AccountID]step
}

func (h *heads) set(s step) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.of[s.account] = s
}

func (h *heads) each(f func(step) error) error {
	h.mu.Lock()
	var list []step
	for _, s := range h.of {
		list = append(list, s)
	}
	h.mu.Unlock()
	for _, s := range list {
		if err := f(s); err != nil {
			return err
		}
	}
	return nil
}

// publish enters a step as the daemon does.
func (w *world) publish(ctx context.Context, s step) error {
	err := w.ix.Apply(ctx, s.account, s.from, s.to, s.changes)
	if content.KindOf(err) == content.Conflict {
		return w.ix.Replace(ctx, s.account, s.to, s.all)
	}
	return err
}

// reindex builds the index anew as the daemon does.
func (w *world) reindex(ctx context.Context, h *heads) error {
	if err := w.ix.Reset(ctx); err != nil {
		return err
	}
	return h.each(func(s step) error {
		err := w.ix.Apply(ctx, s.account, content.Version{}, s.to, s.all)
		if content.KindOf(err) == content.Conflict {
			return nil
		}
		return err
	})
}

// TestResetWhileAuthorsGoOn builds the index anew again and again while three
// accounts commit: none loses what it said, and none keeps what it took back.
func TestResetWhileAuthorsGoOn(t *testing.T) {
	accounts := []*account{newAccount(0), newAccount(1), newAccount(2)}
	w := newWorld(t, accounts[0])
	w.ix.SetStep(2)
	h := &heads{of: make(map[content.AccountID]step)}
	var writing sync.WaitGroup
	for _, a := range accounts {
		steps := w.commits(a, accounts, 40)
		writing.Go(func() {
			for _, s := range steps {
				h.set(s)
				if err := w.publish(t.Context(), s); err != nil {
					t.Error(err)
				}
			}
		})
	}
	ended := make(chan struct{})
	go func() { writing.Wait(); close(ended) }()
	for open := true; open; {
		if err := w.reindex(t.Context(), h); err != nil {
			t.Error(err)
		}
		select {
		case <-ended:
			open = false
		default:
		}
	}
	got := w.dump()
	rebuildInOrder(w, accounts)
	if want := w.dump(); got != want {
		t.Errorf("the index is\n%s\nand should be\n%s", got, want)
	}
}

// commits is n commits, each of which takes back something of the one before.
func (w *world) commits(a *account, follows []*account, n int) (steps []step) {
	for i := range n {
		at := time.Duration(i) * time.Minute
		from := a.version
		changes := w.enter(a, post(tidAt(at-time.Hour), "stays"), post(tidAt(at-time.Hour+time.Second), "goes"),
			unpost(tidAt(at-time.Hour-time.Minute+time.Second)), follow(follows[i%3]), unfollow(follows[(i+1)%3]))
		steps = append(steps, step{a.id, from, a.version, changes, a.all()})
	}
	return steps
}

// TestWhatIsNewerIsNotMixedWithWhatIsOlder replaces an account while an older
// version of it, as a rebuild found it, is being entered.
func TestWhatIsNewerIsNotMixedWithWhatIsOlder(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	w.ix.SetStep(1)
	older := step{changes: w.enter(anna, posts(3)...), to: anna.version}
	w.enter(anna, unpost(tidAt(-time.Minute)), unpost(tidAt(-2*time.Minute)), post(tidAt(1), "newer"))
	entering, goOn := make(chan struct{}), make(chan struct{})
	var held atomic.Bool
	w.src.hold = func(cid.Cid) {
		if held.CompareAndSwap(false, true) {
			close(entering)
			<-goOn
		}
	}
	var both sync.WaitGroup
	both.Go(func() {
		if err := w.ix.Apply(t.Context(), anna.id, content.Version{}, older.to, older.changes); err != nil {
			t.Error(err)
		}
	})
	<-entering
	replaced := make(chan struct{})
	both.Go(func() {
		defer close(replaced)
		if err := w.ix.Replace(t.Context(), anna.id, anna.version, anna.all()); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-replaced: // at once, which is the mistake this looks for
	case <-time.After(100 * time.Millisecond):
	}
	close(goOn)
	both.Wait()
	w.expectHome(anna, index.Page{}, "newer p0")
	if got := w.version(anna); got != anna.version {
		t.Errorf("version %v, want %v", got, anna.version)
	}
}

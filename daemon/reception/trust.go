package reception

import (
	"context"
	"math/bits"
	"sync"
	"time"

	"rossgram.app/content"
	"rossgram.app/p2p/mailbox"
)

// vouchedFor reports whether somebody speaks for an actor that the target does not
// follow: an invitation, or an introduction by somebody whom the target follows.
func (r *Reception) vouchedFor(ctx context.Context, n mailbox.Notice) (bool, error) {
	if ok, err := r.invited(ctx, n.Target(), n.Actor()); err != nil || ok {
		return ok, err
	}
	s, there := n.Introduction()
	if !there {
		return false, nil
	}
	who := s.Head.Account()
	if who == n.Target() {
		return true, nil
	}
	epoch, err := r.epochHeld(ctx, who)
	if err != nil || s.Head.Commit.Epoch < epoch {
		return false, err // by a certificate that was revoked
	}
	return r.follows(ctx, n.Target(), who)
}

// rates count what actors bring and whom work lets in. They are not kept across a
// restart.
type rates struct {
	mu        sync.Mutex
	actors    map[pair]window
	strangers map[content.AccountID]window
}

// window is a count within an hour.
type window struct {
	began time.Time
	count int
}

func newRates() rates {
	return rates{actors: make(map[pair]window), strangers: make(map[content.AccountID]window)}
}

const (
	hour       = time.Hour
	maxWindows = 1 << 16
)

func (w window) at(now time.Time) window {
	if age := now.Sub(w.began); age >= hour || age < 0 {
		return window{began: now}
	}
	return w
}

// spend counts one notice of an actor, unless there were as many as may be.
func (r *rates) spend(p pair, limit int, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.actors[p].at(now)
	if w.count >= limit {
		return false
	}
	w.count++
	if len(r.actors) >= maxWindows {
		r.forget(now)
	}
	r.actors[p] = w
	return true
}

// forget makes room: of the windows that are over, or, in a flood, of all.
func (r *rates) forget(now time.Time) {
	for p, w := range r.actors {
		if now.Sub(w.began) >= hour {
			delete(r.actors, p)
		}
	}
	if len(r.actors) >= maxWindows {
		clear(r.actors)
	}
}

// letIn counts a stranger that work has let in.
func (r *rates) letIn(target content.AccountID, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.strangers[target].at(now)
	w.count++
	r.strangers[target] = w
}

// price returns how many bits let a stranger in: each doubling beyond
// strangersAnHour costs one more.
func (r *rates) price(target content.AccountID, least int, now time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.strangers[target].at(now)
	return min(least+bits.Len(uint(w.count/strangersAnHour)), mailbox.MaxBits)
}

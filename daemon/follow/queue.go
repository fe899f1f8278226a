package follow

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"rossgram.app/content"
)

// task is a kind of work for an account. Of each kind an account has one turn at
// a time, so that files never keep a newer head waiting.
type task uint8

const (
	repository task = iota // advance to a newer head, look for what is missing, drop
	files                  // fetch photos
	tasks
)

// lane holds the accounts that wait for a turn, each at most once, so it is
// bounded by the number of follows. An account that has more to do after its turn
// goes to the end, so that a large one does not keep the others waiting.
type lane struct {
	turn  *sync.Cond
	queue []*account
}

// chore is how an account stands with one kind of work.
type chore struct {
	queued, busy bool
	paused       bool // until a timer or a holder resumes it
	retry        int  // failures in a row
	timer        *time.Timer
	failure      string // of the last attempt
}

// has says whether there is work of a kind for the account.
func (a *account) has(t task) bool {
	switch {
	case a.chores[t].paused:
		return false
	case a.gone:
		return t == repository && !a.chores[files].busy
	case t == repository:
		return a.best != nil || a.whole
	}
	return a.files.pending()
}

// enqueue puts an account with work into the queues. The keeper is locked.
func (k *Keeper) enqueue(a *account) {
	for t := range tasks {
		c := &a.chores[t]
		if !c.queued && !c.busy && a.has(t) {
			c.queued = true
			k.lanes[t].queue = append(k.lanes[t].queue, a)
			k.lanes[t].turn.Signal()
		}
	}
}

// errOthersWait ends a turn that was long, so that others have theirs.
var errOthersWait = content.Errorf("follow.work", content.Unavailable, "other accounts wait")

func (k *Keeper) othersWait(t task) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.lanes[t].queue) > 0
}

// next waits for an account with work and marks it busy; nil once the keeper
// closes. The context is that of the turn.
func (k *Keeper) next(t task) (*account, context.Context) {
	k.mu.Lock()
	defer k.mu.Unlock()
	l := &k.lanes[t]
	for !k.closed {
		if len(l.queue) == 0 {
			l.turn.Wait()
			continue
		}
		a := l.queue[0]
		l.queue[0] = nil
		l.queue = l.queue[1:]
		a.chores[t].queued = false
		if !a.chores[t].busy && a.has(t) { // else it was done meanwhile
			return a, k.begin(a, t)
		}
	}
	return nil, nil
}

// begin makes an account busy. The keeper is locked.
func (k *Keeper) begin(a *account, t task) context.Context {
	a.chores[t].busy = true
	if a.gone {
		return k.ctx
	}
	return a.ctx
}

// work takes turns until the keeper closes.
func (k *Keeper) work(t task) func(context.Context) {
	return func(context.Context) {
		for a, ctx := k.next(t); a != nil; a, ctx = k.next(t) {
			k.settle(ctx, a, t, k.serve(ctx, a, t))
		}
	}
}

// serve does one piece of an account's work.
func (k *Keeper) serve(ctx context.Context, a *account, t task) error {
	if t == files {
		return k.fetchFiles(ctx, a)
	}
	k.mu.Lock()
	gone, o := a.gone, a.best
	if a.best = nil; o == nil {
		a.whole = false
	}
	k.mu.Unlock()
	switch {
	case gone:
		return k.drop(ctx, a)
	case o != nil:
		return k.advance(ctx, a, *o)
	}
	return k.refetch(ctx, a)
}

// settle ends a turn. After a failure that may pass, the account waits.
func (k *Keeper) settle(ctx context.Context, a *account, t task, err error) {
	k.mu.Lock()
	c := &a.chores[t]
	c.busy = false
	switch kind := content.KindOf(err); {
	case err == nil, errors.Is(err, errOthersWait):
		c.retry, c.failure = 0, ""
	case ctx.Err() != nil: // the keeper closes, or the account is gone
	case t == repository && !a.whole && (kind == content.Invalid || kind == content.TooLarge):
		c.failure = content.Message(err) // and will stay so: there is nothing to try again
	case kind == content.Corrupt:
		c.failure = content.Message(err) + "; rossgram verify has it fetched again"
		k.pause(a, t)
	default:
		c.failure = content.Message(err)
		k.pause(a, t)
	}
	if t == files && !a.files.pending() {
		a.state.Files.Done = a.state.Files.Total // those were counted that were here already
	}
	k.enqueue(a)
	k.tellLast(a)
	done, ok := a.complete(k.Sources || a.cap > 0)
	k.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		k.Log.Debug("fetching a followed account failed", "account", a.id, "error", err)
	}
	if ok {
		k.note(a, done)
	}
}

// pause makes a chore wait. The keeper is locked.
func (k *Keeper) pause(a *account, t task) {
	c := &a.chores[t]
	c.paused = true
	c.retry++
	if !k.closed {
		c.timer = time.AfterFunc(retryAfter(c.retry), func() { k.resume(a, t) })
	}
}

func (k *Keeper) resume(a *account, t task) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a.chores[t].paused = false
	k.enqueue(a)
}

// appeared ends all waiting of an account, as when a peer that holds it is there.
// The keeper is locked.
func (k *Keeper) appeared(a *account) {
	for t := range tasks {
		a.chores[t].resume()
		a.chores[t].retry = 0
	}
	k.enqueue(a)
}

// resume ends a pause.
func (c *chore) resume() {
	if c.timer != nil {
		c.timer.Stop()
	}
	c.paused = false
}

func (a *account) stopTimers() {
	if a.look != nil {
		a.look.Stop()
	}
	for t := range a.chores {
		a.chores[t].resume()
	}
}

// retryAfter is how long to wait after the n-th failure in a row, give or take a
// quarter.
func retryAfter(n int) time.Duration {
	d := min(5*time.Second<<min(n-1, 8), 10*time.Minute)
	return d*3/4 + rand.N(d/2)
}

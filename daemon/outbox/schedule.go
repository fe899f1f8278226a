package outbox

import (
	"context"
	"errors"
	"time"

	"rossgram.app/content"
)

// job is what is due.
type job func(context.Context)

// run does what is due, a few things at a time, and sleeps until something is.
func (o *Outbox) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case o.slots <- struct{}{}:
		}
		do, wait := o.take()
		if do != nil {
			o.own(func(ctx context.Context) {
				defer func() { <-o.slots }()
				do(ctx)
			})
			continue
		}
		<-o.slots
		if !o.sleep(ctx, wait) {
			return
		}
	}
}

// sleep waits for as long, or until it is woken; it reports whether ctx has not ended.
func (o *Outbox) sleep(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-o.wake:
	case <-timer.C:
	}
	return true
}

func (o *Outbox) woken() {
	select {
	case o.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// take returns what is due, marked as being done, or how long nothing is.
func (o *Outbox) take() (job, time.Duration) {
	now := o.Now()
	do, wait := o.takeRound(now)
	if do != nil {
		return do, 0
	}
	do, other := o.takeVisit(now)
	return do, min(wait, other)
}

// takeVisit takes the target that has been due for longest.
func (o *Outbox) takeVisit(now time.Time) (job, time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var first content.AccountID
	at, found := time.Time{}, false
	for id, t := range o.targets {
		if due, ok := t.due(); ok && (!found || due.Before(at)) {
			first, at, found = id, due, true
		}
	}
	switch {
	case !found:
		return nil, time.Hour
	case at.After(now):
		return nil, at.Sub(now)
	}
	o.targets[first].busy = true
	return func(ctx context.Context) { o.visit(ctx, first) }, 0
}

// visited puts the next visit down; fault says why something could not be brought.
func (o *Outbox) visited(id content.AccountID, answered bool, fault error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.targets[id]
	t.busy = false
	t.answered = t.answered || answered
	full, isFull := errors.AsType[*waitError](fault)
	switch {
	case len(t.entries) == 0:
		delete(o.targets, id)
	case isFull:
		t.again, t.failures, t.fault = false, 0, ""
		t.notBefore = o.Now().Add(min(full.wait, maxPause))
	case t.again || fault == nil:
		t.again, t.failures, t.fault, t.notBefore = false, 0, "", time.Time{}
	default:
		if answered {
			t.failures = 0
		}
		t.failures++
		t.fault, t.notBefore = content.Message(fault), o.Now().Add(o.Pace.after(t.failures))
	}
	o.woken()
}

var errNobody = content.Errorf("outbox.visit", content.Unavailable,
	"no node that takes it for the account is connected; it is tried again when one is")

// left counts the entries of a target that are due.
func (o *Outbox) left(id content.AccountID) (n int) {
	now := o.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.targets[id].entries {
		if e.ready(now) {
			n++
		}
	}
	return n
}

// ready reports whether an entry is to be brought now.
func (e *entry) ready(now time.Time) bool {
	at, ok := e.due()
	return ok && e.state == Waiting && !at.After(now)
}

// appeared says that a node which may take what is for a target is there.
func (o *Outbox) appeared(id content.AccountID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.targets[id]
	if t == nil {
		return
	}
	t.again = t.busy
	t.notBefore = time.Time{}
	o.woken()
}

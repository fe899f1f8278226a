package outbox

import (
	"context"
	"time"

	"rossgram.app/content"
	"rossgram.app/p2p/mailbox"
)

// solveSome begins to solve puzzles if there are any, unless that is done already. The
// outbox is locked.
func (o *Outbox) solveSome() {
	if _, _, any := o.unsolved(); any && !o.solving && !o.closed {
		o.solving = true
		o.owned.Go(func() { o.solve(o.ctx) })
	}
}

// unsolved returns a puzzle that was set. The outbox is locked.
func (o *Outbox) unsolved() (place, entry, bool) {
	for id, t := range o.targets {
		for s, e := range t.entries {
			if e.state == Waiting && e.puzzle.bits > 0 && !e.puzzle.done {
				return place{id, s}, *e, true
			}
		}
	}
	return place{}, entry{}, false
}

// solve solves one puzzle after the other, and rests after each for as long as it took:
// it is nobody's hurry.
func (o *Outbox) solve(ctx context.Context) {
	for ctx.Err() == nil {
		o.mu.Lock()
		p, e, any := o.unsolved()
		o.solving = any
		o.mu.Unlock()
		if !any {
			return
		}
		begun := time.Now()
		work, err := mailbox.Solve(ctx, mailbox.Puzzle{Target: p.target, Notice: e.puzzle.id, Day: mailbox.DayOf(o.Now()), Bits: e.puzzle.bits})
		if ctx.Err() != nil {
			return
		}
		o.solved(p, e, work, err)
		rest(ctx, time.Since(begun))
	}
}

// solved has an entry sent again; without the work, if there is none.
func (o *Outbox) solved(p place, was entry, work mailbox.Work, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.entry(p.target, p.source)
	if e == nil || e.change != was.change {
		return
	}
	e.puzzle.work, e.puzzle.done = work, true
	if err != nil {
		*e = e.putOff(o.Now().Add(o.Pace.Longest), content.Message(err))
	}
	o.woken()
}

func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

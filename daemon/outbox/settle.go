package outbox

import (
	"context"
	"slices"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/p2p/mailbox"
)

// outcome is what becomes of an entry: it is done, or is another.
type outcome struct {
	sent
	entry entry
	done  bool
}

// settle takes the verdicts on a batch, and counts those that the node is not the one
// to give.
func (o *Outbox) settle(ctx context.Context, id content.AccountID, batch []sent, verdicts []mailbox.Verdict) (unknown int, err error) {
	var list []outcome
	for i, v := range verdicts {
		if v.State == mailbox.Unknown {
			unknown++
			continue
		}
		out := batch[i].judged(v, o.Now())
		if out.done {
			o.delivered.Add(1)
		}
		list = append(list, out)
	}
	return unknown, o.change(ctx, id, list)
}

// judged says what a verdict makes of an entry. One held by a mirror is done: that has
// promised to keep it until it is collected.
func (s sent) judged(v mailbox.Verdict, now time.Time) outcome {
	out := outcome{sent: s, entry: s.entry}
	switch v.State {
	case mailbox.Refused:
		// Who never took a record need not take that it is gone.
		out.done = !s.about
		out.entry = s.entry.end(Refused, "the account does not take it", now)
	case mailbox.Later:
		out.entry = s.entry.putOff(now.Add(waitOf(v)), "the node asked to wait")
	case mailbox.Pending:
		out.done = s.worked || v.Bits == 0 || v.Bits > maxBits // it is for the target to decide
		out.entry.puzzle = puzzle{bits: v.Bits, id: s.notice.ID()}
	default:
		out.done = true
	}
	return out
}

// waitOf is how long to wait after [mailbox.Later].
func waitOf(v mailbox.Verdict) time.Duration { return max(v.Wait, time.Second) }

// change makes outcomes durable and then known, but of entries that changed meanwhile.
func (o *Outbox) change(ctx context.Context, id content.AccountID, list []outcome) error {
	o.changing.Lock()
	defer o.changing.Unlock()
	if list = o.current(id, list); len(list) == 0 {
		return nil
	}
	err := o.room.Update(ctx, func(tx *store.Tx) error {
		for _, out := range list {
			var b []byte
			if !out.done {
				var err error
				if b, err = out.entry.bytes(); err != nil {
					return err
				}
			}
			if err := set(tx, out.key(id), b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, out := range list {
		if out.done {
			o.remove(id, out.source)
		} else {
			out.entry.handed = true
			o.put(id, out.source, out.entry)
		}
	}
	o.solveSome()
	return nil
}

// current leaves out the outcomes of what has changed since it was sent.
func (o *Outbox) current(id content.AccountID, list []outcome) (still []outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, out := range list {
		if e := o.entry(id, out.source); e != nil && e.change == out.sent.change {
			still = append(still, out)
		}
	}
	return still
}

// expire gives up what was tried for long enough, and forgets what came to nothing that
// long ago.
func (o *Outbox) expire(ctx context.Context, id content.AccountID) error {
	now := o.Now()
	var list []outcome
	given, why := 0, ""
	o.mu.Lock()
	t := o.targets[id]
	for s, e := range t.entries {
		out := outcome{sent: sent{source: s, entry: *e}}
		switch {
		case e.state != Waiting && now.Sub(e.ended) >= Lasts:
			out.done = true
			list = append(list, out)
		case e.state == Waiting && now.Sub(e.since) >= Lasts:
			given, why = given+1, gaveUp(t.fault, e.fault)
			out.entry = e.end(GaveUp, why, now)
			list = append(list, out)
		}
	}
	o.mu.Unlock()
	if given > 0 {
		o.Log.Warn("an account could not be told for 30 days: it is given up", "target", id, "records", given, "error", why)
	}
	for chunk := range slices.Chunk(list, maxChanges) {
		if err := o.change(ctx, id, chunk); err != nil {
			return err
		}
	}
	return nil
}

// gaveUp says why, as far as it is known.
func gaveUp(faults ...string) string {
	for _, f := range faults {
		if f != "" {
			return f
		}
	}
	return content.Message(errNobody)
}

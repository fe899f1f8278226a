package reception

import (
	"time"
)

// nudge wakes the writer.
func (r *Reception) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// write is the one goroutine that lists what was accepted. It gathers for a moment,
// makes one commit for each account, and then lets the pace's gap pass.
func (r *Reception) write() {
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-r.wake:
		}
		if !r.gather() {
			return
		}
		again, err := r.flush(r.ctx)
		gap := r.Pace.Gap
		if err != nil && r.ctx.Err() == nil {
			r.Log.Warn("responses are not listed yet", "error", err)
			again, gap = true, failedGaps*gap
		}
		if !r.pause(gap) {
			return
		}
		if again {
			r.nudge()
		}
	}
}

// gather waits until nothing was accepted for a moment, or for as long as the first may
// wait. It is false if the node closes.
func (r *Reception) gather() bool {
	most, quiet := time.NewTimer(r.Pace.Most), time.NewTimer(r.Pace.Quiet)
	defer most.Stop()
	defer quiet.Stop()
	for {
		select {
		case <-r.ctx.Done():
			return false
		case <-r.wake:
			quiet.Reset(r.Pace.Quiet)
		case <-quiet.C:
			return true
		case <-most.C:
			return true
		}
	}
}

func (r *Reception) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-r.ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

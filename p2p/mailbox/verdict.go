package mailbox

import (
	"errors"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/repo"
)

// State is what became of a notice.
type State string

// The states. Whoever sent a notice sends it again only after [Later], after
// [Pending] if it has more to show, and to another node after [Unknown].
const (
	Accepted State = "accepted" // kept for good
	Held     State = "held"     // kept by a mirror until the target collects it
	Pending  State = "pending"  // among those of strangers: more trust is needed
	Refused  State = "refused"  // it will never be taken
	Later    State = "later"    // full, or too fast
	Unknown  State = "unknown"  // the node does not serve the target
)

// Verdict is a node's answer to one notice.
type Verdict struct {
	State State
	// Wait is how long to wait with [Later], 1 s to [MaxWait].
	Wait time.Duration
	// Bits is how hard a puzzle would help with [Pending]; 0 if none would.
	Bits int
}

// How long to wait where nobody said.
const (
	waitFailed  = time.Minute // the receiver had an error
	waitUnknown = time.Hour   // what was said, or who has to change, is not known
)

// verdictForm is a verdict on the wire.
type verdictForm struct {
	State State `cbor:"state"`
	Wait  int64 `cbor:"wait,omitempty"` // seconds
	Bits  int   `cbor:"bits,omitempty"`
}

// form leaves out what does not belong to the state.
func (v Verdict) form() verdictForm {
	switch v.State {
	case Later:
		return verdictForm{State: Later, Wait: int64(within(v.Wait).Round(time.Second) / time.Second)}
	case Pending:
		return verdictForm{State: Pending, Bits: min(max(v.Bits, 0), MaxBits)}
	}
	return verdictForm{State: v.State}
}

func within(wait time.Duration) time.Duration { return min(max(wait, time.Second), MaxWait) }

// open takes a word of a later version for [Later].
func (f verdictForm) open() (Verdict, error) {
	if f.Wait < 0 || f.Bits < 0 || f.Bits > MaxBits {
		return Verdict{}, content.Errorf("mailbox.verdict", content.Invalid, "a verdict out of range")
	}
	switch f.State {
	case Accepted, Held, Refused, Unknown:
		return Verdict{State: f.State}, nil
	case Pending:
		return Verdict{State: Pending, Bits: f.Bits}, nil
	case Later:
		seconds := min(f.Wait, int64(MaxWait/time.Second))
		return Verdict{State: Later, Wait: within(time.Duration(seconds) * time.Second)}, nil
	}
	return Verdict{State: Later, Wait: waitUnknown}, nil
}

// failed is the verdict of a receiver that has none.
func failed(err error) Verdict {
	switch content.KindOf(err) {
	case content.NotFound:
		return Verdict{State: Unknown}
	case content.Invalid, content.TooLarge, content.Permission:
		return Verdict{State: Refused}
	}
	return Verdict{State: Later, Wait: waitFailed}
}

// early is the verdict on a notice that can't be verified yet.
func early(err error, now time.Time) Verdict {
	if ahead, ok := errors.AsType[*repo.AheadError](err); ok {
		return Verdict{State: Later, Wait: within(ahead.Until.Sub(now) + time.Second)}
	}
	return Verdict{State: Later, Wait: waitUnknown}
}

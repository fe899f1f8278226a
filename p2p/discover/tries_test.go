package discover

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestPausesDouble: each failure doubles the pause, give or take half of it, up
// to the longest.
func TestPausesDouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pace Pace
		pace.setDefaults()
		tries := newTries(pace)
		for n := range 40 {
			if due := tries.due("peer"); due.After(time.Now()) {
				time.Sleep(time.Until(due))
			}
			tries.begin("peer")
			tries.end("peer", false)
			whole := pace.Longest
			if n < 10 {
				whole = min(whole, time.Second<<n)
			}
			if got := time.Until(tries.due("peer")); got < whole/2 || got > whole {
				t.Errorf("failure %d: pause of %v, want %v to %v", n+1, got, whole/2, whole)
			}
		}
		tries.resetAll()
		if tries.due("peer").After(time.Now()) || tries.failures("peer") != 0 {
			t.Error("a pause is left after a reset")
		}
	})
}

// TestPeerThatGoesSoonIsNotDialledAtOnce: one that hangs up right away counts as
// a failure, one that stayed does not.
func TestPeerThatGoesSoonIsNotDialledAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pace Pace
		pace.setDefaults()
		tries := newTries(pace)
		for stay, pauses := range map[time.Duration]bool{time.Second: true, pace.Longest: false} {
			tries.begin("peer")
			tries.end("peer", true)
			time.Sleep(stay)
			tries.lost("peer")
			if tries.due("peer").After(time.Now()) != pauses {
				t.Errorf("after %v: due in %v", stay, time.Until(tries.due("peer")))
			}
			tries.lost("peer") // a second connection ends
			tries = newTries(pace)
		}
		tries.lost("stranger")
		if len(tries.peers) != 0 {
			t.Error("a stranger is remembered")
		}
	})
}

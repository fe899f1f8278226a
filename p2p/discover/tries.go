package discover

import (
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// nearbyTries is after how many failures a node of the local network is let go,
// and one that only others speak of.
const nearbyTries = 5

// maxTries is how many peers' failures are remembered; beyond it, those are
// forgotten whose pause is over.
const maxTries = 2 * MaxPeers

// tries counts the failures of each peer that is being dialled or could not be
// reached. Its owner guards it.
type tries struct {
	pace     Pace
	peers    map[peer.ID]*try
	dialling int
}

type try struct {
	active  bool
	failed  int
	due     time.Time
	reached time.Time // since when it is connected, if it is
}

func newTries(p Pace) tries { return tries{pace: p, peers: make(map[peer.ID]*try)} }

func (t *tries) active(p peer.ID) bool { return t.peers[p] != nil && t.peers[p].active }

func (t *tries) failures(p peer.ID) int {
	if t.peers[p] == nil {
		return 0
	}
	return t.peers[p].failed
}

// due returns when a peer may be tried, the zero time if at once.
func (t *tries) due(p peer.ID) time.Time {
	if t.peers[p] == nil {
		return time.Time{}
	}
	return t.peers[p].due
}

func (t *tries) begin(p peer.ID) {
	if t.peers[p] == nil {
		t.forget()
		t.peers[p] = &try{}
	}
	t.peers[p].active = true
	t.dialling++
}

// forget makes room.
func (t *tries) forget() {
	if len(t.peers) < maxTries {
		return
	}
	now := time.Now()
	for p, try := range t.peers {
		if !try.active && try.reached.IsZero() && try.due.Before(now) {
			delete(t.peers, p)
		}
	}
}

func (t *tries) end(p peer.ID, reached bool) {
	t.dialling--
	try := t.peers[p]
	try.active = false
	if reached {
		try.reached = time.Now()
		return
	}
	t.fail(try)
}

func (t *tries) fail(try *try) {
	try.failed++
	try.due = time.Now().Add(pause(t.pace, try.failed))
}

// lost notes that a peer went. One that went soon after it was reached counts as
// a failure, or else it could have us dial it without a pause.
func (t *tries) lost(p peer.ID) {
	try := t.peers[p]
	switch {
	case try == nil || try.reached.IsZero():
	case time.Since(try.reached) >= t.pace.Longest/10:
		delete(t.peers, p)
	default:
		try.reached = time.Time{}
		t.fail(try)
	}
}

// pause doubles with each failure up to the longest, and is drawn between half
// and whole of that, so that nodes which lost each other do not meet in step.
func pause(p Pace, failed int) time.Duration {
	d := p.Longest
	if shift := failed - 1; shift < 20 {
		d = min(d, p.First<<shift)
	}
	return d/2 + rand.N(d/2+1)
}

func (t *tries) reset(p peer.ID) {
	if try := t.peers[p]; try != nil {
		try.failed, try.due = 0, time.Time{}
	}
}

func (t *tries) resetAll() {
	for p := range t.peers {
		t.reset(p)
	}
}

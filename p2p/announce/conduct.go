package announce

import (
	"math"
	"sync"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
)

// conducts remembers how peers have behaved, also of those that went: a peer is
// not made good by connecting again. It is the part of their score that is ours.
//
// Gossipsub would keep it for each topic of each peer and add it up at every look,
// for each topic and peer again: with a thousand topics and 64 peers that alone
// took 3 % of a core while nobody said anything.
type conducts struct {
	mu sync.Mutex
	of map[peer.ID]conduct
}

// conduct is counts that halve every [conductHalves].
type conduct struct {
	invalid float64 // messages
	first   float64 // messages that were news, at most maxFirst
	at      time.Time
}

const (
	conductHalves = 9 * time.Minute
	maxFirst      = 20
	maxConducts   = 4096 // peers
	forgetAmong   = 32
)

func newConducts() *conducts { return &conducts{of: make(map[peer.ID]conduct)} }

func (c conduct) aged(now time.Time) conduct {
	f := math.Exp2(-float64(now.Sub(c.at)) / float64(conductHalves))
	return conduct{c.invalid * f, c.first * f, now}
}

func (c conduct) score() float64 { return c.first - 10*c.invalid*c.invalid }

// score is what a peer's conduct adds to its score.
func (s *conducts) score(p peer.ID) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.of[p]
	if !ok {
		return 0
	}
	return c.aged(time.Now()).score()
}

// brought counts a message that a peer was the first to bring.
func (s *conducts) brought(p peer.ID) { s.count(p, conduct{first: 1}) }

// broke counts an invalid message.
func (s *conducts) broke(p peer.ID) { s.count(p, conduct{invalid: 1}) }

func (s *conducts) count(p peer.ID, more conduct) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	c, ok := s.of[p]
	if !ok && len(s.of) >= maxConducts {
		s.forget(now)
	}
	c = c.aged(now)
	c.invalid += more.invalid
	c.first = min(c.first+more.first, maxFirst)
	s.of[p] = c
}

// forget drops one of whom little counts: the least of some, which a map names at
// random. So a crowd of newcomers does not push out a peer that misbehaved.
func (s *conducts) forget(now time.Time) {
	var least peer.ID
	lowest, looked := math.Inf(1), 0
	for p, c := range s.of {
		c = c.aged(now)
		if weight := c.invalid*maxFirst + c.first; weight < lowest {
			least, lowest = p, weight
		}
		if looked++; looked == forgetAmong {
			break
		}
	}
	delete(s.of, least)
}

// invalidMessage reports whether a message that was rejected for a reason is its
// sender's fault: what the router or [Announcer.validate] found wrong with it, not
// what was too much at the time.
func invalidMessage(reason string) bool {
	switch reason {
	case pubsub.RejectMissingSignature, pubsub.RejectInvalidSignature, pubsub.RejectUnexpectedSignature,
		pubsub.RejectUnexpectedAuthInfo, pubsub.RejectSelfOrigin, pubsub.RejectValidationFailed:
		return true
	}
	return false
}

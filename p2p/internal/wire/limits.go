package wire

import (
	"cmp"
	"time"
)

// Limits bound what peers can make a node do. What is zero has the default that
// is named.
type Limits struct {
	Streams        int           // streams served at a time, half of them with bulk; 32
	StreamsPerPeer int           // of those, to one peer, all but one with bulk; 4
	PerSecond      float64       // units of work for one peer a second; 2
	Burst          int           // units of work for one peer at once; 200
	Timeout        time.Duration // for each message read or written; 15 s
}

func (l Limits) withDefaults() Limits {
	return l.Or(Limits{32, 4, 2, 200, 15 * time.Second})
}

// Or returns the limits, with others where they are zero.
func (l Limits) Or(others Limits) Limits {
	return Limits{
		Streams:        cmp.Or(l.Streams, others.Streams),
		StreamsPerPeer: cmp.Or(l.StreamsPerPeer, others.StreamsPerPeer),
		PerSecond:      cmp.Or(l.PerSecond, others.PerSecond),
		Burst:          cmp.Or(l.Burst, others.Burst),
		Timeout:        cmp.Or(l.Timeout, others.Timeout),
	}
}

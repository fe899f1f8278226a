package wire

import (
	"cmp"
	"time"
)

// Limits bound what peers can make a node do. What is zero has the default that
// is named.
type Limits struct {
	Streams        int           // streams served at a time; 32
	StreamsPerPeer int           // of those, to one peer; 4
	PerSecond      float64       // units of work for one peer a second; 2
	Burst          int           // units of work for one peer at once; 200
	Timeout        time.Duration // for each message read or written; 15 s
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Streams:        cmp.Or(l.Streams, 32),
		StreamsPerPeer: cmp.Or(l.StreamsPerPeer, 4),
		PerSecond:      cmp.Or(l.PerSecond, 2),
		Burst:          cmp.Or(l.Burst, 200),
		Timeout:        cmp.Or(l.Timeout, 15*time.Second),
	}
}

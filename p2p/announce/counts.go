package announce

import (
	"sync/atomic"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
)

// Counts says what became of the messages since the start. What is over a
// peer's allowance is dropped before it is looked at and not among them.
type Counts struct {
	Accepted uint64 // passed on; own ones too
	Ignored  uint64 // no news
	Rejected uint64 // invalid
	Dropped  uint64 // accepted, but the channel of announcements was full
}

// counts is the running form of [Counts].
type counts struct{ accepted, ignored, rejected, dropped atomic.Uint64 }

func (c *counts) count(r pubsub.ValidationResult) {
	switch r {
	case pubsub.ValidationAccept:
		c.accepted.Add(1)
	case pubsub.ValidationIgnore:
		c.ignored.Add(1)
	case pubsub.ValidationReject:
		c.rejected.Add(1)
	}
}

// Counts returns what became of the messages since the start.
func (a *Announcer) Counts() Counts {
	c := &a.counts
	return Counts{c.accepted.Load(), c.ignored.Load(), c.rejected.Load(), c.dropped.Load()}
}

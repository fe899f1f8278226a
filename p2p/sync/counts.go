package sync

import (
	"sync/atomic"
)

// Stat counts the exchanges that this node asked for and the bytes of blocks that
// bulk brought and took, since the start.
type Stat struct {
	Heads, Commits, Pulls, Files int64
	BytesReceived, BytesSent     int64
}

// counts is a [Stat] in the making.
type counts struct {
	heads, commits, pulls, files atomic.Int64
	received, sent               atomic.Int64
}

// Stat returns what was asked for and moved since the start.
func (s *Syncer) Stat() Stat {
	c := &s.counts
	return Stat{
		c.heads.Load(), c.commits.Load(), c.pulls.Load(), c.files.Load(),
		c.received.Load(), c.sent.Load(),
	}
}

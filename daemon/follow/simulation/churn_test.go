package simulation

import (
	"math"
	"math/rand/v2"
	"time"
)

// When people are online. Lengths of sessions are Weibull, as Stutzbach and Rejaie
// found in three networks ("Understanding Churn in Peer-to-Peer Networks", 2006; the
// shape is that of one of their BitTorrent traces): many are short, a few last
// for days. The median is 2 h; the times between are as uneven, and so long that
// people are online two hours in five.
const (
	shape         = 0.59
	medianSession = 2 * time.Hour
	online        = 0.4
)

// span is from one moment to another, both since the beginning.
type span struct{ from, to time.Duration }

func (s span) covers(from, to time.Duration) bool { return s.from <= from && to <= s.to }

// newSessions draws when somebody is online until the end, half of the sessions
// being shorter than the median. It begins a month before
// and forgets that, so that the beginning is like any other time.
func newSessions(end, median time.Duration, rng *rand.Rand) []span {
	scale := median.Hours() / math.Pow(math.Ln2, 1/shape)
	away := (1 - online) / online
	var list []span
	for t := -30 * 24 * time.Hour; t < end; {
		s := span{t, t + weibull(rng, scale)}
		if s.to > 0 {
			list = append(list, span{max(s.from, 0), min(s.to, end)})
		}
		t = s.to + weibull(rng, scale*away)
	}
	return list
}

func weibull(rng *rand.Rand, scale float64) time.Duration {
	return time.Duration(scale * math.Pow(-math.Log(1-rng.Float64()), 1/shape) * float64(time.Hour))
}

// newTimes draws moments of a session, so many in an hour on average, none in its
// last minute: who posts looks at it for a moment.
func newTimes(s span, perHour float64, rng *rand.Rand) []time.Duration {
	var list []time.Duration
	for t := s.from; ; {
		t += time.Duration(rng.ExpFloat64() / perHour * float64(time.Hour))
		if t > s.to-time.Minute {
			return list
		}
		list = append(list, t)
	}
}

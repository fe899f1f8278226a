package outbox

import (
	"cmp"
	"math/rand/v2"
	"time"
)

// Lasts is for how long it is tried to bring something, and then how long it is
// remembered that it could not be.
const Lasts = 30 * 24 * time.Hour

// MaxEntries is how many entries there are at most. Beyond it, those go that have come
// to nothing, then the oldest for a target that never answered, then the oldest.
const MaxEntries = 10_000

const (
	atOnce    = 4   // targets that are visited at a time
	maxNodes  = 8   // nodes tried in a visit
	maxDials  = 4   // of these, nodes that are not connected
	maxAround = 16  // connected peers that are asked whether they hold a target
	maxSought = 256 // targets that the dialer seeks
	maxBits   = 22  // of a puzzle that is worth a second of one core
	maxPages  = 512 // collected in a row

	dialTimeout = 15 * time.Second
	askTimeout  = 15 * time.Second
	maxPause    = 10 * time.Minute // for a target that has enough for now
	failedAgain = time.Minute      // after which what failed here is tried again
)

// Pace says how often it is tried. What is zero has the default that is named.
type Pace struct {
	First   time.Duration // pause after nobody could be reached; 30 s. It doubles
	Longest time.Duration // 6 h
	Collect time.Duration // between questions to a mirror what it keeps; 30 min
}

func (p *Pace) setDefaults() {
	p.First = cmp.Or(p.First, 30*time.Second)
	p.Longest = cmp.Or(p.Longest, 6*time.Hour)
	p.Collect = cmp.Or(p.Collect, 30*time.Minute)
}

// after is how long to wait after so many failures in a row.
func (p Pace) after(failures int) time.Duration {
	return jitter(min(p.First<<min(failures-1, 16), p.Longest))
}

// jitter gives or takes a quarter, so that nodes do not meet in step.
func jitter(d time.Duration) time.Duration { return d*3/4 + rand.N(d/2+1) }

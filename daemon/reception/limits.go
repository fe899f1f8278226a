package reception

import "time"

// What is taken and kept, for each hosted account.
const (
	// RateAnHour is how many notices one actor brings that change something. What is
	// taken back counts too, but twice as many are let through.
	RateAnHour = 60

	// Bits is how hard a stranger's puzzle is. Above strangersAnHour that were let in
	// by work within an hour, each doubling makes it harder by one bit.
	Bits            = 20
	strangersAnHour = 64

	// MaxStrangers is how many notices of strangers wait for more trust; the one with
	// the least work, and of these the oldest, gives way. Larger ones do not wait.
	MaxStrangers   = 1000
	maxStrangeSize = 32 << 10 // bytes of a notice

	// MaxReview is how many comments wait for the owner's word.
	MaxReview = 1000

	// maxBlind is how many deletions are remembered of one actor, of paths that
	// nothing was known of.
	maxBlind = 100

	maxWords = 200 // of a [Policy]
	maxWord  = 100 // bytes of each
)

// What is kept for each mirrored account until it is collected, and for all together.
const (
	MaxKept         = 5000
	MaxKeptBytes    = 50 << 20
	MaxKeptOfActor  = 100
	maxKeptBytesAll = 1 << 30
)

// KeptFor is how long notices wait: for an account to collect them, for a stranger to
// be known, and for the owner's word.
const KeptFor = 30 * 24 * time.Hour

// How long a sender is to wait where there is no room.
const (
	waitRate = 10 * time.Minute
	waitRoom = time.Hour
)

// Pace is how accepted responses are gathered into commits. Zero fields have defaults.
type Pace struct {
	Quiet time.Duration // after the last response that was accepted; 200 ms
	Most  time.Duration // after the first, whatever comes; 1 s
	Gap   time.Duration // between commits; 3 s
}

func (p *Pace) setDefaults() {
	for field, value := range map[*time.Duration]time.Duration{
		&p.Quiet: 200 * time.Millisecond, &p.Most: time.Second, &p.Gap: 3 * time.Second,
	} {
		if *field == 0 {
			*field = value
		}
	}
}

// A tally is counted again no sooner than countShare times as long as counting it
// took: one with a million likes, which takes a second or two, every half minute or
// so, whatever comes in.
const countShare = 20

// failedGaps is how many gaps pass before what failed is tried again.
const failedGaps = 20

const (
	maxBatch      = 64        // updates in one transaction
	maxBatchBytes = 400 << 10 // that they write, about
	maxPosts      = 64        // in one commit
)

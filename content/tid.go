package content

import (
	"math/rand/v2"
	"sync"
	"time"
)

// TID is a timestamp identifier as in atproto's TID specification: 53 bits of
// microseconds since the Unix epoch above 10 bits of clock identifier; the top
// bit is zero. Its text form is 13 characters that sort as the numbers do.
type TID uint64

const (
	tidAlphabet  = "234567abcdefghijklmnopqrstuvwxyz"
	tidLen       = 13
	clockIDBits  = 10
	maxTID       = TID(1)<<63 - 1
	maxTIDMicros = int64(1)<<53 - 1
)

// NewTID returns the TID of a moment, to the microsecond, and the low ten bits
// of a clock identifier. Moments before 1970 and after 2255 are clamped.
func NewTID(t time.Time, clock uint16) TID {
	us := min(max(t.UnixMicro(), 0), maxTIDMicros)
	return TID(us)<<clockIDBits | TID(clock)&(1<<clockIDBits-1)
}

// ParseTID reads the 13-character form.
func ParseTID(s string) (TID, error) {
	const op = "content.ParseTID"
	if len(s) != tidLen {
		return 0, Errorf(op, Invalid, "a TID has 13 characters")
	}
	var v uint64
	for i := range len(s) {
		d := tidDigit(s[i])
		if d < 0 || (i == 0 && d > 7) { // 13 × 5 bits are 65: the first holds 3 of the 63 used
			return 0, Errorf(op, Invalid, "not a TID: "+s)
		}
		v = v<<5 | uint64(d)
	}
	return TID(v), nil
}

func tidDigit(c byte) int {
	switch {
	case c >= '2' && c <= '7':
		return int(c - '2')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 6
	}
	return -1
}

// String returns the 13-character form.
func (t TID) String() string {
	var b [tidLen]byte
	for i := tidLen - 1; i >= 0; i-- {
		b[i] = tidAlphabet[t&31]
		t >>= 5
	}
	return string(b[:])
}

// Time returns the moment in t, in UTC.
func (t TID) Time() time.Time { return time.UnixMicro(int64(t >> clockIDBits)).UTC() }

// MarshalText writes the 13-character form.
func (t TID) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the 13-character form.
func (t *TID) UnmarshalText(b []byte) error {
	v, err := ParseTID(string(b))
	if err == nil {
		*t = v
	}
	return err
}

// TIDClock hands out TIDs that strictly increase, also when the machine's clock
// stands still or is set back. It is safe for concurrent use. The zero TIDClock
// is ready and uses clock identifier 0; [NewTIDClock] chooses one at random.
type TIDClock struct {
	mu   sync.Mutex
	id   uint16
	last TID
}

// NewTIDClock returns a clock with a random clock identifier, as the
// specification asks of writers that do not coordinate.
func NewTIDClock() *TIDClock {
	return &TIDClock{id: uint16(rand.N(1 << clockIDBits))}
}

// Next returns a TID of now that is above after and above all it returned
// before.
func (c *TIDClock) Next(now time.Time, after TID) TID {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := NewTID(now, c.id)
	if floor := max(c.last, after); t <= floor {
		t = NewTID(floor.Time().Add(time.Microsecond), c.id)
	}
	c.last = t
	return t
}

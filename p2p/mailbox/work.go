package mailbox

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"time"

	"rossgram.app/content"
)

// Puzzle is work that a stranger can do to be trusted a little more: a nonce for
// which the SHA-256 of
//
//	"rossgram/1/puzzle" | 00 | target | notice | day | nonce
//
// begins with so many zero bits (the idea is hashcash's). Target and notice have 32
// bytes, day and nonce 8 each, big-endian. It is worth something for one notice and
// some time only, so that no stock of solutions can be laid in.
type Puzzle struct {
	Target content.AccountID
	Notice ID
	Day    Day
	Bits   int // at most [MaxBits]
}

// Day counts days since 1970, in UTC.
type Day uint32

// DayOf returns the day of a moment between 1970 and the year 11,761,191.
func DayOf(t time.Time) Day { return Day(max(t.Unix(), 0) / (24 * 60 * 60)) }

// Fresh is how old the work in a notice that is delivered may be, for
// [Notice.Bits]: whoever solved a puzzle has at least a day to bring it.
const Fresh = 24 * time.Hour

// Work is a solution and the day of the puzzle.
type Work struct {
	Day   Day    `cbor:"day"`
	Nonce uint64 `cbor:"nonce"`
}

const puzzleDomain = "rossgram/1/puzzle\x00"

// message returns what is hashed; the nonce is its last 8 bytes.
func (p Puzzle) message() []byte {
	b := append([]byte(puzzleDomain), p.Target[:]...)
	b = append(b, p.Notice[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Day))
	return append(b, make([]byte, 8)...)
}

// bits returns how many zero bits a nonce gives.
func (p Puzzle) bits(nonce uint64) int {
	m := p.message()
	binary.BigEndian.PutUint64(m[len(m)-8:], nonce)
	return leadingZeros(sha256.Sum256(m))
}

func leadingZeros(sum [sha256.Size]byte) int {
	n := 0
	for i := 0; i < len(sum); i += 8 {
		zeros := bits.LeadingZeros64(binary.BigEndian.Uint64(sum[i:]))
		n += zeros
		if zeros < 64 {
			break
		}
	}
	return n
}

// Check reports whether work solves a puzzle.
func Check(p Puzzle, w Work) bool {
	return w.Day == p.Day && p.bits(w.Nonce) >= p.Bits
}

// Solve looks for a solution, which takes 2^Bits hashes on the average, and gives up
// after 64 times as many. Errors are of kind Invalid if the puzzle has more than
// [MaxBits], and Unavailable if ctx ended before.
func Solve(ctx context.Context, p Puzzle) (Work, error) {
	const op = "mailbox.Solve"
	const pause = 1 << 12 // hashes between looks at ctx, about a millisecond
	if p.Bits < 0 || p.Bits > MaxBits {
		return Work{}, content.Errorf(op, content.Invalid, "the puzzle is too hard")
	}
	m := p.message()
	for nonce := range uint64(64) << p.Bits {
		if nonce%pause == 0 && ctx.Err() != nil {
			return Work{}, content.E(op, content.Unavailable, ctx.Err())
		}
		binary.BigEndian.PutUint64(m[len(m)-8:], nonce)
		if leadingZeros(sha256.Sum256(m)) >= p.Bits {
			return Work{p.Day, nonce}, nil
		}
	}
	return Work{}, content.Errorf(op, content.Unavailable, "no solution was found: try again tomorrow")
}

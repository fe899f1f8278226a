package daemon

import (
	"fmt"
	"strconv"
	"strings"
)

// Size is a number of bytes, written with a decimal unit: "256MB", "1.5TB".
type Size int64

// The units of [Size].
const (
	KB Size = 1000
	MB      = 1000 * KB
	GB      = 1000 * MB
	TB      = 1000 * GB
)

var sizeUnits = []struct {
	name string
	size Size
}{{"TB", TB}, {"GB", GB}, {"MB", MB}, {"KB", KB}, {"B", 1}}

// String writes the size in the largest unit that divides it.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s >= u.size && s%u.size == 0 {
			return strconv.FormatInt(int64(s/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// MarshalText is [Size.String].
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what [Size.String] writes, a plain number of bytes, and
// fractions of a unit. Sizes are neither negative nor over 2^62.
func (s *Size) UnmarshalText(b []byte) error {
	number, unit := strings.ToUpper(strings.TrimSpace(string(b))), Size(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, unit = strings.TrimSpace(rest), u.size
			break
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	v *= float64(unit)
	if err != nil || !(v >= 0 && v < 1<<62) {
		return fmt.Errorf("a size is written like 50GB, not %q", b)
	}
	*s = Size(v)
	return nil
}

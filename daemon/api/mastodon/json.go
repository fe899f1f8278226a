package mastodon

import "time"

// EmptyList is a list of what this node has none of, such as custom emojis.
type EmptyList struct{}

// MarshalJSON writes [].
func (EmptyList) MarshalJSON() ([]byte, error) { return []byte("[]"), nil }

// Null is a value that this node never has, such as the post a post replies to.
type Null struct{}

// MarshalJSON writes null.
func (Null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// Time is a moment as Mastodon writes it: RFC 3339 in UTC, to the millisecond.
type Time time.Time

// MarshalJSON writes the moment in quotes.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

// text returns nil for the empty text, where Mastodon has null.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

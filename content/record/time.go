package record

import (
	"time"

	"rossgram.app/content"
)

// Time is a moment in a record: microseconds since the Unix epoch, as in a TID.
// It is a number because a text of a moment has many forms and a canonical
// record must have one.
type Time int64

// TimeOf returns t to the microsecond.
func TimeOf(t time.Time) Time { return Time(t.UnixMicro()) }

// Time returns the moment in UTC.
func (t Time) Time() time.Time { return time.UnixMicro(int64(t)).UTC() }

func (t Time) validate() error {
	if t < 0 || t >= 1<<53 {
		return content.Errorf("record.Time", content.Invalid, "a time is between 1970 and 2255")
	}
	return nil
}

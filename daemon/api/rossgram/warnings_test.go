package rossgram

import (
	"testing"
	"time"

	"rossgram.app/content"
)

func TestAClockThatWasSetBackIsSaid(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	last := content.NewTIDClock().Next(now, 0)
	for back, want := range map[time.Duration]bool{0: false, content.MaxClockSkew / 2: false, time.Hour: true} {
		w, warned := clockWarning(last, now.Add(-back))
		if warned != want || w.Code != "clock" {
			t.Errorf("set back by %v: warned is %v, %+v", back, warned, w)
		}
	}
}

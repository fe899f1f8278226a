package budget

import (
	"testing"
	"time"

	"rossgram.app/content"
)

// TestWhatIsSentHasALimit: beyond the day's limit peers get records, and hardly any
// photos until the next day.
func TestWhatIsSentHasALimit(t *testing.T) {
	now, sent := time.Date(2026, 3, 1, 12, 0, 0, 0, time.Local), int64(0)
	b := &Budget{serve: newGate(0)}
	b.Now, b.DailyUp = func() time.Time { return now }, 1000
	b.Traffic = func() (int64, int64) { return 0, sent }
	photo, post := content.Sum(content.Raw, []byte("photo")), content.Sum(content.DagCBOR, []byte("post"))
	pass := func() {
		for range 2 {
			if err := b.Pass(t.Context(), photo, content.MaxBlockSize); err != nil {
				t.Fatal(err)
			}
		}
	}
	if pass(); b.Held(photo) {
		t.Error("held back below the limit")
	}
	if sent = 1000; b.Held(photo) {
		t.Error("not even a trickle is given")
	}
	if pass(); !b.Held(photo) || b.Held(post) {
		t.Errorf("beyond the limit the photo is held back: %v, the post: %v", b.Held(photo), b.Held(post))
	}
	if now = now.AddDate(0, 0, 1); b.Held(photo) {
		t.Error("held back on the next day")
	}
}

func TestTheDayEndsAtMidnight(t *testing.T) {
	var d day
	evening := time.Date(2026, 3, 1, 23, 59, 0, 0, time.Local)
	d.count(evening, 100, 10)
	d.count(evening.Add(30*time.Second), 150, 10)
	if d.in != 150 || d.out != 10 {
		t.Errorf("%d in, %d out", d.in, d.out)
	}
	d.count(evening.Add(2*time.Minute), 170, 15)
	if d.in != 20 || d.out != 5 {
		t.Errorf("on the next day: %d in, %d out", d.in, d.out)
	}
}

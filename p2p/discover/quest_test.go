package discover

import (
	"testing"
	"testing/synctest"
	"time"

	"rossgram.app/content"
)

// TestAnAccountNobodyHoldsIsRarelyAskedAbout: at once when it gets short of
// holders, but for the moment the dialer is given, and then less and less often;
// from the start again once it was not short.
func TestAnAccountNobodyHoldsIsRarelyAskedAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pace SeekPace
		pace.setDefaults()
		q := quests{wait: pace.First, pace: pace.LookUp}
		short := []shortage{{account: content.AccountID{1}}}
		lookups := func(d time.Duration) (n int) {
			for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(pace.Every) {
				for _, need := range q.due(short) {
					q.asked(need.account)
					n++
				}
			}
			return n
		}
		if n := lookups(pace.First); n != 0 {
			t.Errorf("%d lookups before the dialer had its moment", n)
		}
		if n := lookups(2 * pace.Every); n != 1 {
			t.Errorf("%d lookups after it", n)
		}
		if n := lookups(24 * time.Hour); n < 5 || n > 15 {
			t.Errorf("%d lookups on the first day", n)
		}
		if n := lookups(10 * 24 * time.Hour); n < 15 || n > 45 {
			t.Errorf("%d lookups on the next ten days", n)
		}
		q.due(nil)
		if n := lookups(pace.First + 2*pace.Every); n != 1 || len(q.all) != 1 {
			t.Errorf("%d lookups of one that is short again", n)
		}
	})
}

package simulation

import (
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/metrics"
)

// TestFollowerWhoWasOffForADay: it has all posts of the day, with their photos, when
// it returns, though their author left an hour before: another follower has them.
func TestFollowerWhoWasOffForADay(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates 26 hours")
	}
	const follower, author, friend = 0, 1, 2
	hour := func(n float64) time.Duration { return time.Duration(n * float64(time.Hour)) }
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	metrics.NewBandwidthCounter().LogSentMessage(1) // see simulate
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
		w := newWorld(t, plan{people: 3, hours: 26, posts: 1, session: time.Hour})
		for i, sessions := range [][]span{
			follower: {{0, hour(1)}, {hour(25), hour(26)}},
			author:   {{0, hour(24)}},
			friend:   {{0, hour(26)}},
		} {
			p := w.people[i]
			p.sessions, p.posts, p.mirror, p.mirrors = sessions, make([][]time.Duration, len(sessions)), nil, nil
			p.follows = []int{author}
		}
		w.people[author].follows = nil
		for at := hour(0.5); at < hour(24); at += time.Hour {
			w.people[author].posts[0] = append(w.people[author].posts[0], at)
		}
		w.run(t.Context())
		var last time.Duration
		for _, s := range w.ledger.shots {
			_, seen := s.seen[follower]
			at, whole := s.whole[follower]
			if !seen || !whole {
				t.Errorf("of the post made at %v, the record is there: %v, the photo: %v", s.at, seen, whole)
			}
			last = max(last, at)
		}
		if n := len(w.ledger.shots); n != 24 {
			t.Errorf("%d posts", n)
		}
		t.Logf("the last photo was there %v after the return", last-hour(25))
	})
}

package reception_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/reception"
	"rossgram.app/p2p/mailbox"
)

// BenchmarkDeliver reads, verifies and accepts notices, half of them comments, on ten
// posts, from many peers at a time, while the writer lists them.
func BenchmarkDeliver(b *testing.B) {
	w := newWorldAt(b, reception.Pace{})
	posts := make([]record.Subject, 10)
	for i := range posts {
		posts[i] = w.post("")
	}
	encoded := make([][]byte, b.N)
	var a *actor
	for i := range encoded {
		if i%20 == 0 {
			a = w.friend()
		}
		var p content.Path
		if i%20 < len(posts) {
			p = a.like(posts[i%20])
		} else {
			p = a.comment(posts[i%len(posts)], fmt.Sprint("comment ", i))
		}
		var err error
		encoded[i], err = a.notice(p).Encode()
		check(b, err)
	}
	var next atomic.Int64
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			d, err := mailbox.Decode(encoded[next.Add(1)-1])
			if err != nil {
				b.Error(err)
				return
			}
			n, err := mailbox.Verify(d, repo.VerifyHead, w.now())
			if err != nil {
				b.Error(err)
				return
			}
			if v, err := w.Deliver(b.Context(), "x", n); err != nil || v.State != mailbox.Accepted {
				b.Error(v, err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "notices/s")
	b.StopTimer()
	b.ReportMetric(float64(w.committed()), "commits")
}

// BenchmarkTally counts a hundred thousand likes again, which is what one more costs.
func BenchmarkTally(b *testing.B) {
	w := newWorldAt(b, never)
	post := w.post("")
	check(b, reception.FillLedger(w.Reception, w.me, tidOf(post), 100_000))
	for b.Loop() {
		began := time.Now()
		l, _, err := w.Ledger(b.Context(), w.me, tidOf(post), content.CollectionLike)
		check(b, err)
		if t := l.Tally(nil); t.Count != 100_000 {
			b.Fatal(t.Count)
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms")
	}
}

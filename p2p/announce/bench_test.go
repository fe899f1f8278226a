package announce_test

import (
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/host"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/internal/p2ptest"
)

// BenchmarkIdleTopics measures what subscriptions cost on which nothing is said: a
// node with 1,000 topics and 32 peers, each of which subscribes to 200 of them. A
// subscription is one of a peer, that the node knows of; its memory is counted at
// both ends. CPU time is that of the process, with all nodes, over 20 s.
func BenchmarkIdleTopics(b *testing.B) {
	const topics, peers, each, watch = 1000, 32, 200, 20 * time.Second
	accounts := make([]content.AccountID, topics)
	for i := range accounts {
		copy(accounts[i][:], keys.NewWriterKey().Public())
	}
	hub := p2ptest.Host(b)
	subscribeAll(b, newAnnouncer(b, hub.Libp2p()), accounts)
	for b.Loop() {
		var others []*announce.Announcer
		for range peers {
			h := p2ptest.Host(b)
			others = append(others, newAnnouncer(b, h.Libp2p()))
			p2ptest.Connect(b, hub, h)
		}
		before := inUse()
		for i, other := range others {
			subscribeAll(b, other, slices.Concat(accounts[i*25:], accounts)[:each])
		}
		time.Sleep(15 * time.Second) // the meshes form
		b.ReportMetric(float64(inUse()-before)/(peers*each), "B/subscription")
		used := processTime(b)
		time.Sleep(watch)
		used = processTime(b) - used
		b.ReportMetric(100*used.Seconds()/watch.Seconds(), "%core")
		b.ReportMetric(used.Seconds()*1e3*float64(time.Hour/watch)/(peers*each), "ms/subscription/h")
	}
}

func newAnnouncer(b *testing.B, h host.Host) *announce.Announcer {
	b.Helper()
	a, err := announce.New(h, announce.Config{Verify: p2ptest.Verify(b), Judge: &holdings{}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = a.Close() })
	return a
}

func subscribeAll(b *testing.B, a *announce.Announcer, accounts []content.AccountID) {
	b.Helper()
	for _, account := range accounts {
		if err := a.Subscribe(account); err != nil {
			b.Fatal(err)
		}
	}
}

// inUse returns the bytes of live objects.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// processTime returns the CPU time that this process has used.
func processTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

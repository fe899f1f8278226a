package simulation

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/metrics"
)

// What TestFigures simulates, see [plan].
var (
	nodes    = flag.Int("sim.nodes", 0, "people, each with a node; 0 skips the simulation")
	people   = flag.Int("sim.people", 0, "people of the model without computers; 0 skips it")
	hours    = flag.Float64("sim.hours", 3, "simulated hours")
	settling = flag.Float64("sim.settling", 0.75, "hours of these, at the beginning, that are not measured")
	posts    = flag.Float64("sim.posts", 1, "posts of a person in an hour online")
	seed     = flag.Uint64("sim.seed", 1, "of the graph and of when people are online and post")
)

// simulate lets a plan happen. Time in it stands still while anybody computes, and
// passes at once while all wait.
func simulate(t *testing.T, p plan) (f *figures) {
	t.Helper()
	// Many small nodes make much garbage and hold little.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(4 << 30))
	// libp2p counts bytes in a goroutine that outlives all hosts; it is not to begin
	// in the bubble, which would wait for its end.
	metrics.NewBandwidthCounter().LogSentMessage(1)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
		w := newWorld(t, p)
		w.run(t.Context())
		f = w.measure()
	})
	return f
}

// maxIdleMB is far above what a node moves in an hour beside photos.
const maxIdleMB = 8

// Sessions are short here, so that much comes and goes in little time.
func TestPostsReachFollowersThatComeAndGo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	f := simulate(t, plan{people: 20, hours: 1.5, settling: 0.3, posts: 6, session: 6 * time.Minute, seed: 0})
	if len(f.live.took) < 30 || len(f.there.took)+len(f.away.took) < 20 {
		t.Fatalf("only %d deliveries, %d and %d after an absence: too few to say anything", len(f.live.took), len(f.there.took), len(f.away.took))
	}
	t.Logf("%d deliveries at once, %d and %d after an absence; %.1f MB an hour", len(f.live.took), len(f.there.took), len(f.away.took), f.moved)
	for _, m := range f.lost {
		t.Errorf("a follower who was online misses a post: %+v", m)
	}
	for what, d := range map[string]delays{
		"photos did not reach followers who were online":                          f.photos,
		"earlier posts did not reach a follower who came, the author being there": f.there,
		"earlier posts did not reach a follower who came, another having them":    f.away,
	} {
		if d.missed > 0 {
			t.Errorf("%d of %d %s", d.missed, d.missed+len(d.took), what)
		}
	}
	if f.moved > 2*2*f.payload+maxIdleMB {
		t.Errorf("a node moves %.1f MB in an hour, though it takes %.1f MB of photos and gives as much", f.moved, f.payload)
	}
}

// TestFigures prints the tables of docs/availability.md.
func TestFigures(t *testing.T) {
	if *nodes == 0 {
		t.Skip("make sim prints tables")
	}
	began := time.Now()
	f := simulate(t, plan{
		people: *nodes, hours: *hours, settling: *settling, posts: *posts, session: medianSession, seed: *seed, progress: os.Stderr,
	})
	fmt.Printf("%d nodes, %g hours, of which the first %g are not measured; %s on %d cores of %s/%s.\n\n",
		*nodes, *hours, *settling, short(time.Since(began)), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	f.write(os.Stdout)
	for _, m := range f.lost {
		t.Logf("a follower who was online misses a post: %+v", m)
	}
}

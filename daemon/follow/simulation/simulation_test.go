package simulation

import (
	"flag"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/metrics"
)

var (
	nodes = flag.Int("sim.nodes", 30, "people, each with a node")
	hours = flag.Float64("sim.hours", 2, "simulated hours")
	settl = flag.Float64("sim.settling", 0.5, "hours of these that are not measured")
	posts = flag.Float64("sim.posts", 0.5, "posts of a person in an hour online")
	seed  = flag.Uint64("sim.seed", 1, "of the graph and the times people are online")
)

// TestSimulation runs what the flags say.
func TestSimulation(t *testing.T) {
	metrics.NewBandwidthCounter().LogSentMessage(1) // starts libp2p's only goroutine that outlives hosts: outside the bubble
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Sub(time.Now()))
		w := newWorld(t, plan{*nodes, *hours, *settl, *posts, *seed})
		w.run(t.Context())
		f := w.measure()
		f.write(os.Stdout)
		for _, m := range f.lost {
			t.Logf("%+v", m)
		}
	})
	t.Log(time.Since(began))
}

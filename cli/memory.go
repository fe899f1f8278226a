package cli

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// memoryLimit is what the daemon keeps to as long as pictures allow: rather than
// let garbage grow beyond it, the runtime collects more often. GOMEMLIMIT wins.
const memoryLimit = 512 << 20

func limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// A daemon that does next to nothing gives back what it does not need: garbage,
// which the runtime would let grow to the size of what is in use before it looks,
// and the pages of the program that only starting needed. The runtime collects
// every two minutes in any case.
const (
	lookEvery  = 30 * time.Second
	quietBelow = 64 << 20        // bytes allocated between two looks
	restEvery  = 2 * time.Minute // at most
)

// restWhile begins to rest; what it returns ends that and waits for it.
func restWhile(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var owned sync.WaitGroup
	owned.Go(func() { rest(ctx) })
	return func() { cancel(); owned.Wait() }
}

// rest gives memory back when the daemon is quiet, until ctx ends.
func rest(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var rested time.Time
	for before := allocated(); ; {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			quiet := allocated()-before < quietBelow
			if quiet && now.Sub(rested) >= restEvery {
				debug.FreeOSMemory()
				unmapProgram()
				rested = now
			}
			before = allocated()
		}
	}
}

// allocated returns the bytes allocated since the start.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

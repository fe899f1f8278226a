package photo

import (
	"runtime/debug"
	"sync"
	"time"
)

// releaseAfter is how long nothing is ingested until the memory that pictures took
// is given back to the system. The runtime would keep hundreds of megabytes for
// minutes; the next picture of a series is better off with them.
const releaseAfter = 5 * time.Second

// idleness notices when nothing has been ingested for a while.
type idleness struct {
	mu       sync.Mutex
	working  int
	timer    *time.Timer
	closed   bool
	released sync.WaitGroup
}

func (i *idleness) begin() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.working++
	if i.timer != nil {
		i.timer.Stop()
	}
}

func (i *idleness) end() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.working--; i.working == 0 && !i.closed {
		i.timer = time.AfterFunc(releaseAfter, i.release)
	}
}

func (i *idleness) release() {
	i.mu.Lock()
	idle := i.working == 0 && !i.closed
	if idle {
		i.released.Add(1)
	}
	i.mu.Unlock()
	if idle {
		defer i.released.Done()
		debug.FreeOSMemory()
	}
}

// Close ends what the Ingester does by itself. It can be used on.
func (in *Ingester) Close() error {
	i := &in.idle
	i.mu.Lock()
	i.closed = true
	if i.timer != nil {
		i.timer.Stop()
	}
	i.mu.Unlock()
	i.released.Wait()
	return nil
}

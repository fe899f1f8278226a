package follow

import (
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// Of heads that are ahead of the clock, what is waited for.
const (
	maxAhead = 24 * time.Hour // those further ahead wait for the comparisons now and then
	maxLater = 256            // peers to be asked again
)

// askLater asks a peer again at a moment, for a head that is ahead of the clock
// until then. There is one such moment a peer: the first.
func (k *Keeper) askLater(p peer.ID, at time.Time) {
	wait := time.Until(at)
	k.mu.Lock()
	defer k.mu.Unlock()
	if at.IsZero() || wait > maxAhead || k.closed || k.later[p] != nil || len(k.later) >= maxLater {
		return
	}
	k.later[p] = time.AfterFunc(wait, func() {
		k.mu.Lock()
		delete(k.later, p)
		k.mu.Unlock()
		k.ask(p, everyone)
	})
}

// stopAsking ends what askLater began. The keeper is locked.
func (k *Keeper) stopAsking() {
	for _, t := range k.later {
		t.Stop()
	}
}

package exchange

import (
	"context"
	"sync"
	"time"

	"github.com/ipfs/boxo/peering"
	"github.com/libp2p/go-libp2p/core/peer"
)

// connectTimeout is how long a fetch waits for a holder to be dialled, at most
// maxHolders of them at once.
const (
	connectTimeout = 10 * time.Second
	maxHolders     = 8
)

// favours counts the fetches that count on each peer. While there is one, the
// peer has boxo's peering tag: bitswap then asks it although it never had
// anything of ours, and the connection manager leaves it alone.
type favours struct {
	mu    sync.Mutex
	count map[peer.ID]int
}

// favour marks the holders, connects to them in the background, and waits until
// one is connected or none can be. It returns what ends the favour.
func (x *Exchange) favour(ctx context.Context, holders []peer.AddrInfo) func() {
	holders = holders[:min(len(holders), maxHolders)]
	for _, h := range holders {
		x.mark(h.ID)
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	connected := make(chan error, len(holders))
	for _, h := range holders {
		go func() { connected <- x.host.Connect(ctx, h) }()
	}
	left := len(holders)
	for left > 0 {
		left--
		if <-connected == nil {
			break
		}
	}
	return func() {
		cancel()
		for range left {
			<-connected
		}
		for _, h := range holders {
			x.unmark(h.ID)
		}
	}
}

func (x *Exchange) mark(p peer.ID) {
	f := &x.favours
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count == nil {
		f.count = make(map[peer.ID]int)
	}
	f.count[p]++
	x.host.ConnManager().Protect(p, peering.ConnmgrTag)
}

func (x *Exchange) unmark(p peer.ID) {
	f := &x.favours
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count[p]--; f.count[p] == 0 {
		delete(f.count, p)
		x.host.ConnManager().Unprotect(p, peering.ConnmgrTag)
	}
}

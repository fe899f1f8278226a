package outbox

import (
	"context"
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
)

// gates let one visit ask a node at a time, which may have many targets: a node serves
// few streams of one peer, and tells the others that it is busy. The zero gates are
// open.
type gates struct {
	mu  sync.Mutex
	all map[peer.ID]*gate
}

type gate struct {
	in    chan struct{} // holds one: somebody is in
	users int           // in, or waiting
}

// enter waits for its turn, a bounded time, and returns the function that ends it. Kind
// Unavailable if it does not come.
func (g *gates) enter(ctx context.Context, node peer.ID) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	at := g.use(node)
	select {
	case at.in <- struct{}{}:
		return func() { <-at.in; g.done(node) }, nil
	case <-ctx.Done():
		g.done(node)
		return nil, content.E("outbox.enter", content.Unavailable, ctx.Err())
	}
}

func (g *gates) use(node peer.ID) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all == nil {
		g.all = make(map[peer.ID]*gate)
	}
	at := g.all[node]
	if at == nil {
		at = &gate{in: make(chan struct{}, 1)}
		g.all[node] = at
	}
	at.users++
	return at
}

func (g *gates) done(node peer.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.all[node]
	if at.users--; at.users == 0 {
		delete(g.all, node)
	}
}

package outbox

import (
	"context"
	"maps"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"rossgram.app/content"
	"rossgram.app/p2p"
)

// watchPeers takes up whoever comes.
func (o *Outbox) watchPeers(ctx context.Context, peers <-chan p2p.PeerEvent) {
	p2p.EachPeer(ctx, peers, func(e p2p.PeerEvent) {
		if e.Change == p2p.Identified {
			o.met(e.Peer, e.Protocols)
		}
	})
}

// met collects from a peer what it keeps for us, and finds out for whom it can be
// brought something.
func (o *Outbox) met(p peer.ID, ps []protocol.ID) {
	if !speaks(ps) {
		return
	}
	o.collectFrom(p)
	for _, id := range o.waiting(p, o.Book.Held(p)) {
		o.appeared(id)
	}
	o.mu.Lock()
	busy := o.learning[p]
	o.learning[p] = true
	o.mu.Unlock()
	if !busy {
		o.own(func(ctx context.Context) {
			o.learnAll(ctx, p, o.waiting(p, o.all()))
			o.mu.Lock()
			defer o.mu.Unlock()
			delete(o.learning, p)
		})
	}
}

func (o *Outbox) all() []content.AccountID {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Collect(maps.Keys(o.targets))
}

// waiting returns those of some accounts that there is something for. That a peer did
// not serve them is forgotten: it may have changed.
func (o *Outbox) waiting(p peer.ID, some []content.AccountID) (list []content.AccountID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range some {
		if t := o.targets[id]; t != nil && t.waiting() {
			delete(t.useless, p)
			list = append(list, id)
		}
	}
	return list
}

package p2p

import (
	"context"
	"sync"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
)

// Change is what happened to a peer.
type Change uint8

// The changes of a peer. A peer is Identified once it is known which protocols
// it speaks, which is soon after it is Connected, seldom a moment before, and
// again when it speaks more than before; it may never come to that.
const (
	Connected Change = iota + 1
	Identified
	Disconnected
)

func (c Change) String() string {
	return [...]string{"unknown", "connected", "identified", "disconnected"}[min(c, Disconnected)%4]
}

// PeerEvent says that a peer came, was identified, or went.
type PeerEvent struct {
	Change    Change
	Peer      peer.ID
	Protocols []protocol.ID // of an Identified peer
}

// busBuffer is how many events libp2p may be ahead of the watch, which never
// waits for anybody.
const busBuffer = 256

// watch turns libp2p's events into [PeerEvent]s for each subscriber.
type watch struct {
	host *Host
	sub  event.Subscription
	done chan struct{}

	mu     sync.Mutex
	subs   map[chan PeerEvent]struct{}
	closed bool
}

func newWatch(h *Host) (*watch, error) {
	sub, err := h.host.EventBus().Subscribe([]any{
		new(event.EvtPeerConnectednessChanged),
		new(event.EvtPeerIdentificationCompleted),
		new(event.EvtPeerProtocolsUpdated),
	}, eventbus.BufSize(busBuffer), eventbus.Name("p2p.watch"))
	if err != nil {
		return nil, err
	}
	w := &watch{host: h, sub: sub, done: make(chan struct{}), subs: make(map[chan PeerEvent]struct{})}
	go w.run()
	return w, nil
}

func (w *watch) run() {
	defer close(w.done)
	for e := range w.sub.Out() {
		switch e := e.(type) {
		case event.EvtPeerConnectednessChanged:
			w.publish(connectedness(e))
		case event.EvtPeerIdentificationCompleted:
			w.publish(PeerEvent{Change: Identified, Peer: e.Peer, Protocols: e.Protocols})
		case event.EvtPeerProtocolsUpdated: // a node that was met as it started
			if p, ok := w.host.Peer(e.Peer); ok && len(e.Added) > 0 {
				w.publish(PeerEvent{Change: Identified, Peer: e.Peer, Protocols: p.Protocols})
			}
		}
	}
}

func connectedness(e event.EvtPeerConnectednessChanged) PeerEvent {
	if e.Connectedness == network.Connected {
		return PeerEvent{Change: Connected, Peer: e.Peer}
	}
	return PeerEvent{Change: Disconnected, Peer: e.Peer}
}

func (w *watch) publish(e PeerEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.subs {
		select {
		case ch <- e:
		default: // see Subscribe
		}
	}
}

// Subscribe returns a channel of what happens to peers from now on, and a
// function that ends the subscription and closes the channel. The channel holds
// n events (at least 1); a subscriber that falls further behind loses the newest
// ones, so [Host.Peers] is what to go by when it matters. The channel is closed
// with the host.
func (h *Host) Subscribe(n int) (<-chan PeerEvent, func()) {
	ch := make(chan PeerEvent, max(n, 1))
	w := h.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		close(ch)
		return ch, func() {}
	}
	w.subs[ch] = struct{}{}
	return ch, func() { w.unsubscribe(ch) }
}

// EachPeer calls f for what a subscription says, until it or ctx ends.
func EachPeer(ctx context.Context, events <-chan PeerEvent, f func(PeerEvent)) {
	for {
		select {
		case <-ctx.Done():
			return
		case e, open := <-events:
			if !open {
				return
			}
			f(e)
		}
	}
}

func (w *watch) unsubscribe(ch chan PeerEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.subs[ch]; ok {
		delete(w.subs, ch)
		close(ch)
	}
}

// close ends every subscription and waits for run.
func (w *watch) close() {
	w.sub.Close()
	<-w.done
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for ch := range w.subs {
		delete(w.subs, ch)
		close(ch)
	}
}

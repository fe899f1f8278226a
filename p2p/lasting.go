package p2p

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// punchWithin is how long a stream that lasts waits for a direct connection.
const punchWithin = 30 * time.Second

// lastingHost opens streams that stay as long as the peer does. One that began on
// a connection through a relay would be cut when a direct one has replaced that,
// and gossipsub, for one, may then forget what the peer subscribed to. So such
// streams wait for the direct connection, and if there is none in time, the one
// through the relay stays.
type lastingHost struct {
	host.Host
	h *Host
}

// Lasting returns the host for a protocol that keeps a stream to each peer for as
// long as it is connected.
func (h *Host) Lasting() host.Host { return lastingHost{h.host, h} }

// NewStream opens a stream, which can take a while where there is only a relayed
// connection.
func (l lastingHost) NewStream(ctx context.Context, p peer.ID, ids ...protocol.ID) (network.Stream, error) {
	for _, id := range ids {
		l.h.lasting.Store(id, true)
	}
	if relayedOnly(l.Network().ConnsToPeer(p)) {
		if err := l.h.awaitDirect(ctx, p); err != nil {
			return nil, err
		}
	}
	return l.Host.NewStream(ctx, p, ids...)
}

// awaitDirect returns when there is a direct connection to a peer or no hope of
// one. As whoever compares what it has with the peer did that long ago, it says
// once more that the peer is there.
func (h *Host) awaitDirect(ctx context.Context, p peer.ID) error {
	look := time.NewTicker(punchWithin / 100)
	defer look.Stop()
	for end := time.Now().Add(punchWithin); time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
			if !relayedOnly(h.host.Network().ConnsToPeer(p)) {
				return nil // a direct one is identified too, which is said
			}
		}
	}
	if known, ok := h.Peer(p); ok {
		h.watch.publish(PeerEvent{Change: Identified, Peer: p, Protocols: known.Protocols})
	}
	return nil
}

// relayedOnly reports whether there are connections, and all through relays.
func relayedOnly(conns []network.Conn) bool {
	for _, c := range conns {
		if !isRelayed(c.RemoteMultiaddr()) {
			return false
		}
	}
	return len(conns) > 0
}

// lasts reports whether a connection carries a stream that is to stay.
func (h *Host) lasts(c network.Conn) bool {
	for _, s := range c.GetStreams() {
		if _, ok := h.lasting.Load(s.Protocol()); ok {
			return true
		}
	}
	return false
}

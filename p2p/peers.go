package p2p

import (
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"
)

// Peer is a connected peer. Agent, Latency and Protocols are what it told or
// what was measured, and zero until then.
type Peer struct {
	ID        peer.ID
	Addrs     []ma.Multiaddr // where its connections lead, without /p2p/ID
	Agent     string         // at most 128 bytes; the peer may have written anything
	Latency   time.Duration
	Direction network.Direction // of the oldest connection
	Since     time.Time         // when the oldest connection was opened
	Protocols []protocol.ID
}

const maxAgent = 128

// Peers returns the connected peers, those connected longest first.
func (h *Host) Peers() []Peer {
	var peers []Peer
	for _, id := range h.host.Network().Peers() {
		if p, ok := h.Peer(id); ok {
			peers = append(peers, p)
		}
	}
	slices.SortFunc(peers, func(a, b Peer) int { return a.Since.Compare(b.Since) })
	return peers
}

// Peer returns a connected peer, and false if it is not connected.
func (h *Host) Peer(id peer.ID) (Peer, bool) {
	conns := h.host.Network().ConnsToPeer(id)
	if len(conns) == 0 {
		return Peer{}, false
	}
	oldest := slices.MinFunc(conns, func(a, b network.Conn) int { return a.Stat().Opened.Compare(b.Stat().Opened) })
	store := h.host.Peerstore()
	p := Peer{
		ID:        id,
		Latency:   store.LatencyEWMA(id),
		Direction: oldest.Stat().Direction,
		Since:     oldest.Stat().Opened,
		Agent:     agent(store.Get(id, "AgentVersion")),
	}
	p.Protocols, _ = store.GetProtocols(id) // none are known if it fails
	for _, c := range conns {
		p.Addrs = append(p.Addrs, c.RemoteMultiaddr())
	}
	return p, true
}

// agent takes the peerstore's answer: a string, if the peer was identified.
func agent(v any, err error) string {
	s, ok := v.(string)
	if err != nil || !ok {
		return ""
	}
	return s[:min(len(s), maxAgent)]
}

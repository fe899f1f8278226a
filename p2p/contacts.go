package p2p

import (
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// What a connection to a contact is worth to the one who closes connections when
// there are too many; a stranger's is worth nothing, and what libp2p itself gives
// for reservations and the like is 10 at most.
const (
	contactTag   = "contact"
	contactWorth = 100
)

// relayedFor is how long a connection through a relay is kept once there is a
// direct one, for what is on its way.
const relayedFor = 10 * time.Second

// tend closes connections through a relay that a direct one has replaced, and
// keeps those to contacts: once a minute, as a peer may become one at any time.
func (h *Host) tend(now time.Time) {
	for _, p := range h.host.Network().Peers() {
		h.closeReplaced(p)
		if now.Second() < int(tendEvery/time.Second) {
			h.favour(p)
		}
	}
}

// favour makes connections to contacts the last to be closed.
func (h *Host) favour(p peer.ID) {
	if h.contact(p) {
		h.host.ConnManager().TagPeer(p, contactTag, contactWorth)
	} else {
		h.host.ConnManager().UntagPeer(p, contactTag)
	}
}

func (h *Host) closeReplaced(p peer.ID) {
	var direct bool
	var relayed []network.Conn
	for _, c := range h.host.Network().ConnsToPeer(p) {
		if isRelayed(c.RemoteMultiaddr()) {
			if !h.lasts(c) {
				relayed = append(relayed, c)
			}
		} else {
			direct = direct || time.Since(c.Stat().Opened) > relayedFor
		}
	}
	if !direct {
		return
	}
	for _, c := range relayed {
		_ = c.Close() // it is gone in any case
	}
}

func isRelayed(a ma.Multiaddr) bool { return has(a, ma.P_CIRCUIT) }

// has reports whether a protocol is part of an address.
func has(a ma.Multiaddr, code int) bool {
	for _, c := range a {
		if c.Protocol().Code == code {
			return true
		}
	}
	return false
}

package p2p

import (
	"slices"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// forget takes the addresses at which a peer was not found out of libp2p's
// peerstore, which would try them for two more minutes and name them to whoever
// asks where the peer is. Those that were known before the attempt stay.
func (h *Host) forget(p peer.ID, before []ma.Multiaddr) {
	if h.host.Network().Connectedness(p) == network.Connected {
		return // another attempt was luckier, perhaps with these
	}
	store := h.host.Peerstore()
	wrong := slices.DeleteFunc(store.Addrs(p), func(a ma.Multiaddr) bool { return slices.ContainsFunc(before, a.Equal) })
	store.SetAddrs(p, wrong, 0)
}

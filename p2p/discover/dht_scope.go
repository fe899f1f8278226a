package discover

import (
	kaddht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// ConnManager claims nothing.
func (unclaimed) ConnManager() connmgr.ConnManager { return connmgr.NullConnMgr{} }

// narrowest returns how far a DHT reaches that is joined through these peers.
func narrowest(peers []peer.AddrInfo) scope {
	reach := internet
	for _, p := range peers {
		for _, a := range p.Addrs {
			reach = min(reach, scopeOf(a))
		}
	}
	return reach
}

// options keeps a DHT to addresses that reach as far as it does, as the public
// one expects it of its nodes.
func (s scope) options() []kaddht.Option {
	options := []kaddht.Option{kaddht.Mode(kaddht.ModeAuto), kaddht.AddressFilter(s.only)}
	if s == internet {
		return append(options, kaddht.QueryFilter(kaddht.PublicQueryFilter), kaddht.RoutingTableFilter(kaddht.PublicRoutingTableFilter))
	}
	return append(options, kaddht.QueryFilter(func(_ any, info peer.AddrInfo) bool { return len(s.only(info.Addrs)) > 0 }))
}

// only returns the addresses that reach at least so far.
func (s scope) only(addrs []ma.Multiaddr) []ma.Multiaddr {
	var kept []ma.Multiaddr
	for _, a := range addrs {
		if a != nil && !manet.IsIPUnspecified(a) && scopeOf(a) >= s {
			kept = append(kept, a)
		}
	}
	return kept
}

// OnLoopback returns the peers that are on this machine alone.
func OnLoopback(peers []peer.AddrInfo) []peer.AddrInfo {
	var kept []peer.AddrInfo
	for _, p := range peers {
		if narrowest([]peer.AddrInfo{p}) == machine {
			kept = append(kept, p)
		}
	}
	return kept
}

package discover

import (
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"rossgram.app/p2p"
)

// scope is how far an address reaches.
type scope uint8

const (
	machine  scope = iota // loopback
	lan                   // private and link-local
	internet              // everything else, names too
)

func scopeOf(a ma.Multiaddr) scope {
	switch {
	case manet.IsIPLoopback(a):
		return machine
	case manet.IsPrivateAddr(a), manet.IsIP6LinkLocal(a), manet.IsIPUnspecified(a):
		return lan
	}
	return internet
}

// Reachable returns the addresses a peer named that make sense to one who talks
// to it over via: loopback addresses only if via is one, those of a local network
// only if via is of one or loopback. Otherwise a stranger could make us dial what
// runs on our own machine or beside it.
func Reachable(addrs []ma.Multiaddr, via ma.Multiaddr) []ma.Multiaddr {
	var kept []ma.Multiaddr
	for _, a := range p2p.WithoutBrowsers(addrs) {
		if a != nil && !manet.IsIPUnspecified(a) && scopeOf(a) >= scopeOf(via) {
			kept = append(kept, a)
		}
	}
	return kept
}

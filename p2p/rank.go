package p2p

import (
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// nearDelay is how long a near address of another transport than TCP waits.
const nearDelay = 50 * time.Millisecond

// rank says in which order to dial the addresses of a peer: near ones, of this
// machine or the local network, over TCP first, which moves twice the bytes for the
// same work there (the kernel sends them in large pieces); all others as libp2p
// does, QUIC first, which passes routers better.
func rank(addrs []ma.Multiaddr) []network.AddrDelay {
	var far []ma.Multiaddr
	var near []network.AddrDelay
	for _, a := range addrs {
		switch _, err := a.ValueForProtocol(ma.P_CIRCUIT); {
		case err == nil, !manet.IsPrivateAddr(a) && !manet.IsIPLoopback(a):
			far = append(far, a)
		case plainTCP(a):
			near = append(near, network.AddrDelay{Addr: a})
		default:
			near = append(near, network.AddrDelay{Addr: a, Delay: nearDelay})
		}
	}
	return append(near, swarm.DefaultDialRanker(far)...)
}

// plainTCP reports whether an address is TCP with nothing on top, such as
// WebSocket.
func plainTCP(a ma.Multiaddr) bool { return len(a) > 0 && a[len(a)-1].Protocol().Code == ma.P_TCP }

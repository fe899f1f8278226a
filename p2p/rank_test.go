package p2p

import (
	"testing"

	ma "github.com/multiformats/go-multiaddr"
)

// TestNearPeersAreDialledOverTCP: near ones over TCP at once, far ones over QUIC.
func TestNearPeersAreDialledOverTCP(t *testing.T) {
	var addrs []ma.Multiaddr
	for _, a := range []string{
		"/ip4/127.0.0.1/udp/7671/quic-v1", "/ip4/192.168.1.7/tcp/7671/ws", "/ip4/192.168.1.7/tcp/7671",
		"/ip4/45.1.2.3/tcp/7671", "/ip4/45.1.2.3/udp/7671/quic-v1",
	} {
		addrs = append(addrs, ma.StringCast(a))
	}
	at := make(map[string]bool)
	ranked := rank(addrs)
	for _, r := range ranked {
		at[r.Addr.String()] = r.Delay == 0
	}
	if len(ranked) != len(addrs) {
		t.Fatalf("%d of %d addresses", len(ranked), len(addrs))
	}
	for a, now := range map[string]bool{
		"/ip4/127.0.0.1/udp/7671/quic-v1": false, "/ip4/192.168.1.7/tcp/7671/ws": false, "/ip4/192.168.1.7/tcp/7671": true,
		"/ip4/45.1.2.3/tcp/7671": false, "/ip4/45.1.2.3/udp/7671/quic-v1": true,
	} {
		if at[a] != now {
			t.Errorf("%s at once: %v", a, at[a])
		}
	}
}

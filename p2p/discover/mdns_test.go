package discover_test

import (
	"sync"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/internal/p2ptest"
)

// finds is what a node found on the local network.
type finds struct {
	mu    sync.Mutex
	infos map[peer.ID]peer.AddrInfo
}

func (f *finds) found(info peer.AddrInfo) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.infos[info.ID] = info
}

func (f *finds) of(h *p2p.Host) peer.AddrInfo {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.infos[h.ID()]
}

func TestNodesOfALocalNetworkFindEachOther(t *testing.T) {
	var hosts [2]*p2p.Host
	var found [2]finds
	for i := range hosts {
		hosts[i], found[i].infos = p2ptest.Host(t), make(map[peer.ID]peer.AddrInfo)
		m, err := discover.StartMDNS(hosts[i].Libp2p(), found[i].found)
		if content.KindOf(err) == content.Unavailable {
			t.Skip("this machine has no multicast: ", err)
		}
		check(t, err)
		t.Cleanup(func() { check(t, m.Close()) })
	}
	for i, other := range []*p2p.Host{hosts[1], hosts[0]} {
		p2ptest.Eventually(t, "the other", func() bool { return len(found[i].of(other).Addrs) > 0 })
		check(t, hosts[i].Connect(p2ptest.Context(t), found[i].of(other)))
	}
}

package discover

import (
	"sync"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"

	"rossgram.app/content"
)

// ServiceName is what nodes call themselves on the local network (libp2p
// specification, "mDNS discovery"; RFC 6763 has underscores in front).
const ServiceName = "_rossgram._udp"

// MDNS answers and asks on the local network.
type MDNS struct {
	service mdns.Service
	found   func(peer.AddrInfo)

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// StartMDNS makes the node known on the local network and calls found for every
// other node there, more than once and by several goroutines. found must not
// block. A machine without multicast gives an error of kind Unavailable, with
// which a node can live.
func StartMDNS(h host.Host, found func(peer.AddrInfo)) (*MDNS, error) {
	m := &MDNS{found: found}
	m.service = mdns.NewMdnsService(h, ServiceName, m)
	if err := m.service.Start(); err != nil {
		return nil, content.E("discover.StartMDNS", content.Unavailable, err)
	}
	return m, nil
}

// HandlePeerFound is libp2p's callback.
func (m *MDNS) HandlePeerFound(info peer.AddrInfo) {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return
	}
	m.running.Add(1)
	m.mu.Unlock()
	defer m.running.Done()
	m.found(info)
}

// Close stops it; found is not called any more.
func (m *MDNS) Close() error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	err := m.service.Close()
	m.running.Wait()
	if err != nil {
		return content.E("discover.Close", content.Other, err)
	}
	return nil
}

package discover

import (
	"slices"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"

	kaddht "github.com/libp2p/go-libp2p-kad-dht"
)

const kadProtocol = kaddht.DefaultPrefix + "/kad/1.0.0"

// How a node that serves the DHT looks after it.
const (
	serveEvery   = 30 * time.Second // connections that only the DHT used so long are ended
	refreshEvery = time.Hour        // a server's routing table, for others
)

// connections returns who is connected.
func (d *DHT) connections() map[peer.ID]bool {
	there := make(map[peer.ID]bool)
	for _, p := range d.host.Libp2p().Network().Peers() {
		there[p] = true
	}
	return there
}

// hangUp ends the connections that serve nothing but the DHT, except those to
// keep.
func (d *DHT) hangUp(keep func(peer.ID) bool) {
	n := d.host.Libp2p().Network()
	for _, p := range n.Peers() {
		if !keep(p) && d.idle(p) {
			_ = n.ClosePeer(p) // it may be gone
		}
	}
}

// idle reports whether a peer speaks the DHT's protocol, none of ours, and has no
// stream open of any other.
func (d *DHT) idle(p peer.ID) bool {
	h := d.host.Libp2p()
	spoken, err := h.Peerstore().GetProtocols(p)
	if err != nil || !slices.Contains(spoken, kadProtocol) && !d.serves() || slices.ContainsFunc(spoken, ours) ||
		h.ConnManager().IsProtected(p, "") {
		return false
	}
	for _, c := range h.Network().ConnsToPeer(p) {
		if slices.ContainsFunc(c.GetStreams(), used) {
			return false
		}
	}
	return true
}

func ours(p protocol.ID) bool { return strings.HasPrefix(string(p), "/rossgram/") }

func used(s network.Stream) bool {
	switch s.Protocol() {
	case "", kadProtocol, identify.ID, identify.IDPush, ping.ID:
		return false
	}
	return true
}

// serves reports whether others may ask this node.
func (d *DHT) serves() bool {
	return slices.Contains(d.host.Libp2p().Mux().Protocols(), kadProtocol)
}

// serve ends connections of those who asked and went quiet, and keeps the
// routing table good for others, as long as the node serves the DHT.
func (d *DHT) serve() {
	tick := time.NewTicker(serveEvery)
	defer tick.Stop()
	var quiet map[peer.ID]bool
	var refreshed time.Time
	for {
		select {
		case <-d.ctx.Done():
			return
		case <-tick.C:
		}
		if !d.serves() {
			continue
		}
		before := quiet
		quiet = d.connections()
		d.hangUp(func(p peer.ID) bool { return !before[p] })
		if d.kad.RoutingTable().Size() > 0 && time.Since(refreshed) > refreshEvery {
			refreshed = time.Now()
			d.kad.RefreshRoutingTable()
		}
	}
}

// DHTState is how a node stands to a DHT.
type DHTState struct {
	Serves    bool      // whether others may ask this node
	Peers     int       // in the routing table
	Published int       // accounts with a record of this node
	Last      time.Time // when something was last looked up or published, zero if never
}

// State returns it.
func (d *DHT) State() DHTState {
	d.mu.Lock()
	defer d.mu.Unlock()
	return DHTState{d.serves(), d.kad.RoutingTable().Size(), d.offer, d.last}
}

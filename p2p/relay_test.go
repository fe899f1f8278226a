package p2p_test

import (
	"net/netip"
	"sync"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/client"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/p2ptest"
)

// acquaintances are the contacts of a test's host.
type acquaintances struct{ sync.Map }

func (a *acquaintances) know(h *p2p.Host)     { a.Store(h.ID(), true) }
func (a *acquaintances) knows(p peer.ID) bool { _, ok := a.Load(p); return ok }

// relaying returns a host that relays, and whom for.
func relaying(t *testing.T) (*p2p.Host, *acquaintances) {
	known := new(acquaintances)
	return p2ptest.HostWith(t, p2p.Config{Relay: p2p.RelayOn, Contact: known.knows}), known
}

func reserve(t *testing.T, h, relay *p2p.Host) error {
	_, err := client.Reserve(p2ptest.Context(t), h.Libp2p(), p2ptest.Info(relay))
	return err
}

// through returns how to reach a host through a relay.
func through(t *testing.T, relay, to *p2p.Host) peer.AddrInfo {
	info := peer.AddrInfo{ID: to.ID()}
	for _, a := range relay.Addrs() {
		info.Addrs = append(info.Addrs, a.Encapsulate(ma.StringCast("/p2p-circuit")))
	}
	return info
}

func TestContactIsReachedThroughTheRelay(t *testing.T) {
	relay, known := relaying(t)
	anna, ben := p2ptest.Host(t), p2ptest.Host(t)
	known.know(anna)
	must(t, reserve(t, anna, relay))
	if r := relay.Reachability(); !r.Relaying || r.Relayed != 1 {
		t.Errorf("the relay says %+v", r)
	}
	must(t, ben.Connect(p2ptest.Context(t), through(t, relay, anna)))
	if c := ben.Libp2p().Network().ConnsToPeer(anna.ID()); len(c) != 1 || c[0].Stat().Limited {
		t.Errorf("connections to Anna: %v, which may carry anything", c)
	}
	answer := <-ping.Ping(p2ptest.Context(t), ben.Libp2p(), anna.ID())
	must(t, answer.Error)
	must(t, anna.Close())
	p2ptest.Eventually(t, "the reservation to end", func() bool { return relay.Reachability().Relayed == 0 })
}

func TestStrangerMayNotReserve(t *testing.T) {
	relay, _ := relaying(t)
	if err := reserve(t, p2ptest.Host(t), relay); err == nil {
		t.Error("a stranger has a reservation")
	}
	if n := relay.Reachability().Relayed; n != 0 {
		t.Errorf("the relay relays for %d", n)
	}
}

func TestRelayOffIsOff(t *testing.T) {
	known := new(acquaintances)
	for _, mode := range []p2p.RelayMode{p2p.RelayOff, p2p.RelayAuto} { // on loopback nobody is reachable
		h, anna := p2ptest.HostWith(t, p2p.Config{Relay: mode, Contact: known.knows}), p2ptest.Host(t)
		known.know(anna)
		if err := reserve(t, anna, h); err == nil || h.Reachability().Relaying {
			t.Errorf("%v: it relays", mode)
		}
	}
}

// TestRelayAbuseIsBounded lets a crowd of strangers come in to one contact, and
// as many contacts reserve as want to.
func TestRelayAbuseIsBounded(t *testing.T) {
	relay, known := relaying(t)
	anna := p2ptest.Host(t)
	known.know(anna)
	must(t, reserve(t, anna, relay))
	came := 0
	for range p2p.MaxCircuits + 3 {
		if ben := p2ptest.Host(t); ben.Connect(p2ptest.Context(t), through(t, relay, anna)) == nil {
			came++
		}
	}
	if came == 0 || came > p2p.MaxCircuits {
		t.Errorf("%d came in, of at most %d", came, p2p.MaxCircuits)
	}
	for range p2p.MaxRelayedPerIP + 2 {
		h := p2ptest.Host(t)
		known.know(h)
		_ = reserve(t, h, relay) // some are refused
	}
	if n := relay.Reachability().Relayed; n > p2p.MaxRelayedPerIP {
		t.Errorf("%d reserved from one address, of at most %d", n, p2p.MaxRelayedPerIP)
	}
}

func TestWebSocketAndWebTransport(t *testing.T) {
	for name, listen := range map[string]string{
		"websocket":    "/ip4/127.0.0.1/tcp/0/ws",
		"webtransport": "/ip4/127.0.0.1/udp/0/quic-v1/webtransport",
	} {
		t.Run(name, func(t *testing.T) {
			h := p2ptest.HostWith(t, p2p.Config{Listen: []ma.Multiaddr{ma.StringCast(listen)}})
			if err := p2ptest.Host(t).Connect(p2ptest.Context(t), p2ptest.Info(h)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAnnouncedAddressesAreTold(t *testing.T) {
	proxy := ma.StringCast("/dns4/photos.example.org/tcp/443/tls/ws")
	a, b := p2ptest.HostWith(t, p2p.Config{Announce: []ma.Multiaddr{proxy}}), p2ptest.Host(t)
	p2ptest.Connect(t, b, a)
	told := b.Libp2p().Peerstore().Addrs(a.ID())
	for _, addr := range told {
		if addr.Equal(proxy) {
			return
		}
	}
	t.Errorf("told were %v", told)
}

func TestPrivateNetworkLetsNobodyElseIn(t *testing.T) {
	club, other := networkKey(t), networkKey(t)
	inside := func(key p2p.NetworkKey) *p2p.Host {
		return p2ptest.HostWith(t, p2p.Config{Network: key, Listen: append(
			p2p.ListenOn(netip.MustParseAddrPort("127.0.0.1:0")), ma.StringCast("/ip4/127.0.0.1/tcp/0/ws"))})
	}
	h := inside(club)
	for _, a := range h.Libp2p().Addrs() {
		if _, err := a.ValueForProtocol(ma.P_UDP); err == nil {
			t.Errorf("listens on %v, which the key does not protect", a)
		}
		info := peer.AddrInfo{ID: h.ID(), Addrs: []ma.Multiaddr{a}}
		if err := inside(club).Connect(p2ptest.Context(t), info); err != nil {
			t.Errorf("a member does not get in at %v: %v", a, err)
		}
		for who, stranger := range map[string]*p2p.Host{"another club": inside(other), "the public": p2ptest.Host(t)} {
			if err := stranger.Connect(p2ptest.Context(t), info); err == nil {
				t.Errorf("%s gets in at %v", who, a)
			}
		}
	}
}

func networkKey(t *testing.T) p2p.NetworkKey {
	path := t.TempDir() + "/swarm.key"
	must(t, p2p.CreateNetworkKey(path))
	key, err := p2p.LoadNetworkKey(path)
	must(t, err)
	if err := p2p.CreateNetworkKey(path); err == nil {
		t.Error("a key was overwritten")
	}
	return key
}

package p2p_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/p2ptest"
)

func TestPeersSeeEachOther(t *testing.T) {
	a, b := p2ptest.Host(t), p2ptest.Host(t)
	events, stop := b.Subscribe(16)
	defer stop()
	p2ptest.Connect(t, a, b)
	seen := make(map[p2p.Change]bool) // libp2p may tell of the second before the first
	for !seen[p2p.Connected] || !seen[p2p.Identified] {
		e := <-events
		if seen[e.Change] = true; e.Peer != a.ID() || e.Change == p2p.Disconnected {
			t.Fatalf("%v of %v", e.Change, e.Peer)
		}
	}
	peers := a.Peers()
	if len(peers) != 1 || peers[0].ID != b.ID() || peers[0].Agent != "rossgram/test" ||
		peers[0].Direction != network.DirOutbound || peers[0].Since.IsZero() || len(peers[0].Addrs) == 0 {
		t.Errorf("peers of a: %+v", peers)
	}
	p2ptest.Eventually(t, "bytes counted", func() bool { in, out := a.Bandwidth(); return in > 0 && out > 0 })
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	for e := range events {
		if e.Change == p2p.Disconnected {
			break
		}
	}
	if len(b.Peers()) != 0 {
		t.Error("b still counts a among its peers")
	}
}

func TestEachTransportIsEnough(t *testing.T) {
	for i, name := range []string{"tcp", "quic"} {
		t.Run(name, func(t *testing.T) {
			a, b := p2ptest.Host(t), p2ptest.Host(t)
			info := p2ptest.Info(b)
			info.Addrs = info.Addrs[i : i+1]
			if !strings.Contains(info.Addrs[0].String(), name) {
				t.Fatalf("%v is not %s", info.Addrs[0], name)
			}
			if err := a.Connect(p2ptest.Context(t), info); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAWrongAddressIsNotRemembered: what was tried in vain is gone, what was known
// before stays, and the right address works.
func TestAWrongAddressIsNotRemembered(t *testing.T) {
	a, b, other := p2ptest.Host(t), p2ptest.Host(t), p2ptest.Host(t)
	store := a.Libp2p().Peerstore()
	known := ma.StringCast("/ip4/127.0.0.1/tcp/2")
	store.AddAddr(b.ID(), known, peerstore.PermanentAddrTTL)
	for name, wrong := range map[string][]ma.Multiaddr{
		"nobody's":  {ma.StringCast("/ip4/127.0.0.1/tcp/1")},
		"another's": p2ptest.Info(other).Addrs,
	} {
		if err := a.Connect(p2ptest.Context(t), peer.AddrInfo{ID: b.ID(), Addrs: wrong}); content.KindOf(err) != content.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
		if left := store.Addrs(b.ID()); len(left) != 1 || !left[0].Equal(known) {
			t.Errorf("%s: %v is remembered", name, left)
		}
	}
	p2ptest.Connect(t, a, b)
}

func TestSubscriptionsEnd(t *testing.T) {
	h := p2ptest.Host(t)
	ended, stop := h.Subscribe(1)
	stop()
	stop()
	open, _ := h.Subscribe(1)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	late, _ := h.Subscribe(1)
	for _, ch := range []<-chan p2p.PeerEvent{ended, open, late} {
		if _, ok := <-ch; ok {
			t.Error("an event on a channel that should be closed")
		}
	}
}

func TestPortInUseIsNamed(t *testing.T) {
	first := p2ptest.Host(t)
	for _, a := range first.Libp2p().Addrs() {
		port, err := a.ValueForProtocol(ma.P_TCP)
		if err != nil {
			port, err = a.ValueForProtocol(ma.P_UDP)
		}
		if err != nil {
			t.Fatal(err)
		}
		h, err := p2p.New(t.Context(), p2p.Config{Key: p2ptest.Key(t), Listen: []ma.Multiaddr{a}})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		err = h.Listen()
		if content.KindOf(err) != content.Conflict {
			t.Fatalf("%v: got %v", a, err)
		}
		if m := content.Message(err); !strings.Contains(m, "port "+port) || !strings.Contains(m, "--listen") {
			t.Errorf("%v: %s", a, m)
		}
	}
}

func TestOwnAddressIsRefused(t *testing.T) {
	h := p2ptest.Host(t)
	if err := h.Connect(p2ptest.Context(t), p2ptest.Info(h)); content.KindOf(err) != content.Invalid {
		t.Errorf("got %v", err)
	}
	if infos, err := peer.AddrInfosFromP2pAddrs(h.Addrs()...); err != nil || len(infos) != 1 || infos[0].ID != h.ID() {
		t.Errorf("addresses %v: %v", h.Addrs(), err)
	}
}

func TestListenOn(t *testing.T) {
	for _, tc := range []struct{ at, tcp string }{
		{"127.0.0.1:7671", "/ip4/127.0.0.1/tcp/7671"},
		{"[::1]:1", "/ip6/::1/tcp/1"},
		{"[::]:0", "/ip6/::/tcp/0"},
	} {
		if got := p2p.ListenOn(netip.MustParseAddrPort(tc.at)); got[0].String() != tc.tcp {
			t.Errorf("%s: %v", tc.at, got)
		}
	}
}

func TestNodeKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.key")
	made, err := p2p.LoadOrCreateKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v: %v", info.Mode(), err)
	}
	if loaded, err := p2p.LoadOrCreateKey(path); err != nil || !loaded.Equals(made) {
		t.Errorf("another key the second time: %v", err)
	}
	for name, tc := range map[string]struct {
		damage func() error
		kind   content.Kind
	}{
		"readable by others": {func() error { return os.Chmod(path, 0o644) }, content.Permission},
		"not a key":          {func() error { return os.WriteFile(path, []byte("photo"), 0o600) }, content.Corrupt},
	} {
		t.Run(name, func(t *testing.T) {
			good, _ := os.ReadFile(path)
			defer func() { os.WriteFile(path, good, 0o600); os.Chmod(path, 0o600) }()
			if err := tc.damage(); err != nil {
				t.Fatal(err)
			}
			if _, err := p2p.LoadOrCreateKey(path); content.KindOf(err) != tc.kind {
				t.Errorf("got %v", err)
			}
		})
	}
}

package rossgram_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p"
	kaddht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/daemon"
	"rossgram.app/daemon/api/internal/apitest"
)

// again stops p's node and starts it anew.
func (p *person) again(change ...func(*daemon.Config)) {
	p.t.Helper()
	apitest.Check(p.t, p.node.Close())
	cfg := daemon.DefaultConfig(p.home)
	cfg.API.Listen, cfg.Network.Listen, cfg.Network.MDNS = "127.0.0.1:0", []string{"/ip4/127.0.0.1/tcp/0"}, false
	for _, f := range change {
		f(&cfg)
	}
	p.node = apitest.Must(daemon.Open(p.t.Context(), cfg))(p.t)
	api, _ := p.node.Ready()
	token := apitest.Must(os.ReadFile(p.home + "/token"))(p.t)
	p.Client = apitest.Dial(p.t, api, strings.TrimSpace(string(token)))
}

// knows reports whether p's node is connected to another.
func (p *person) knows(other *person) bool {
	p.t.Helper()
	var list []struct{ ID string }
	p.Get(ours+"peers").Want(p.t, http.StatusOK).JSON(p.t, &list)
	_, id := other.node.Ready()
	return slices.ContainsFunc(list, func(l struct{ ID string }) bool { return l.ID == id })
}

// kademlia is a DHT of n nodes on this machine that are no rossgram; it returns
// their addresses.
func kademlia(t *testing.T, n int) (addrs []string) {
	var hosts []host.Host
	for range n {
		h := apitest.Must(libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"), libp2p.DisableRelay()))(t)
		t.Cleanup(func() { apitest.Check(t, h.Close()) })
		kad := apitest.Must(kaddht.New(h, kaddht.Mode(kaddht.ModeServer), kaddht.DisableAutoRefresh()))(t)
		t.Cleanup(func() { apitest.Check(t, kad.Close()) })
		for _, other := range hosts {
			apitest.Check(t, h.Connect(t.Context(), peer.AddrInfo{ID: other.ID(), Addrs: other.Addrs()}))
		}
		hosts = append(hosts, h)
		addrs = append(addrs, fmt.Sprintf("%s/p2p/%s", h.Addrs()[0], h.ID()))
	}
	return addrs
}

// TestAnAccountIsFoundByItsNumberAlone: two nodes that never met and have no
// invite find each other through the DHT.
func TestAnAccountIsFoundByItsNumberAlone(t *testing.T) {
	t.Parallel()
	servers := kademlia(t, 10)
	through := func(addr string) func(*daemon.Config) {
		return func(cfg *daemon.Config) { cfg.Network.DHTBootstrap = []string{addr} }
	}
	anna := newPerson(t, "Anna", through(servers[0]))
	anna.until("the account is published", func() bool { return anna.state().DHT.Published == 1 })
	ben := newPerson(t, "Ben", through(servers[9]))
	if f := ben.follow(anna.state().Account.DID); f.Name != "Anna" {
		t.Errorf("followed: %+v", f)
	}
	if d := ben.state().DHT; d.Mode != "client" || d.Peers == 0 || d.LastSuccess == nil {
		t.Errorf("the DHT: %+v", d)
	}
}

// TestTheDHTIsOffWhereItShouldBe: by choice, and where a node on loopback would
// have to go outside for it.
func TestTheDHTIsOffWhereItShouldBe(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*daemon.Config){
		"on loopback": func(*daemon.Config) {},
		"by choice": func(cfg *daemon.Config) {
			cfg.Network.DHT, cfg.Network.DHTBootstrap = false, kademlia(t, 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if d := newPerson(t, "Anna", change).state().DHT; d.Mode != "off" || d.LastSuccess != nil {
				t.Errorf("%+v", d)
			}
		})
	}
}

// TestFollowersFindEachOtherAndTheAuthorThatMoved: who is connected to one that
// holds an account learns from it who else does, and an author that comes back at
// another address calls those who have its posts.
func TestFollowersFindEachOtherAndTheAuthorThatMoved(t *testing.T) {
	t.Parallel()
	anna, ben, carl := newPerson(t, "Anna"), newPerson(t, "Ben"), newPerson(t, "Carl")
	ben.follow(anna.invite())
	ben.again() // holds the account from the moment on at which they meet
	ben.until("they meet again", func() bool { return ben.knows(anna) })
	carl.connect(anna)
	carl.follow(anna.state().Account.DID)
	carl.until("the other follower is found", func() bool { return carl.knows(ben) })

	before := anna.state().Addresses
	anna.again()
	if after := anna.state().Addresses; slices.Equal(before, after) {
		t.Skip("the system gave the same port again")
	}
	for _, p := range []*person{ben, carl} {
		p.until("the author is back", func() bool { return p.knows(anna) })
	}
	ben.again()
	ben.until("where it moved is known after a restart", func() bool { return ben.knows(anna) })
}

// connect connects p's node to another.
func (p *person) connect(other *person) {
	p.t.Helper()
	p.Do(http.MethodPost, ours+"peers", map[string]string{"address": other.state().Addresses[0]}).Want(p.t, http.StatusOK)
}

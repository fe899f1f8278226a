package cli

import (
	"fmt"
	"strings"
	"testing"

	"rossgram.app/cli/client"
	"rossgram.app/cli/internal/netns"
)

// neighbourhood is an internet with a friend of both, Ruth, whose node can be
// reached, and Anna and Ben, each behind a router that lets nobody in.
type neighbourhood struct{ ruth, anna, ben *inhabitant }

func newNeighbourhood(t *testing.T) neighbourhood {
	n := netns.New(t)
	internet := n.Switch("internet")
	ruth := n.Machine("ruth")
	internet.Join(ruth, "45.77.0.1/16")
	behind := func(name, outside string) *inhabitant {
		home, m := n.Switch(name+"-home"), n.Machine(name)
		n.Router(name+"-router", internet, outside, home, "192.168.1.1/24")
		home.Join(m, "192.168.1.2/24")
		m.Gateway("192.168.1.1")
		return moveIn(t, m, name)
	}
	return neighbourhood{moveIn(t, ruth, "ruth"), behind("anna", "45.77.1.1/16"), behind("ben", "45.77.2.1/16")}
}

// TestNodesBehindRoutersMeet has two nodes that nobody can reach meet through a
// relay and then talk without it.
func TestNodesBehindRoutersMeet(t *testing.T) {
	t.Parallel()
	for name, listen := range map[string]string{"quic": "/ip4/0.0.0.0/udp/7671/quic-v1", "tcp": "/ip4/0.0.0.0/tcp/7671"} {
		t.Run(name, func(t *testing.T) {
			n := newNeighbourhood(t)
			n.ruth.run(t, "config", "set", "network.relay", "on")
			for _, r := range []*inhabitant{n.ruth, n.anna, n.ben} {
				r.start(t, listen)
			}
			n.anna.run(t, "follow", n.ruth.invite(t), "--wait")
			soon(t, "Ruth to relay for Anna", func() bool { return len(n.anna.node(t).Reachability.Relays) > 0 })
			invite := n.anna.invite(t)
			n.ben.run(t, "follow", invite, "--wait")
			id := n.anna.node(t).PeerID
			soon(t, "Ben and Anna to talk directly", func() bool { return direct(n.ben.peers(t), id) })
			postRed(t, n.anna, "Behind seven routers")
			soon(t, "the post", func() bool { return n.ben.sees(t, "Behind seven routers") })
		})
	}
}

// direct reports whether there are connections to a peer, none of them relayed.
func direct(peers []client.Peer, id string) bool {
	for _, p := range peers {
		if p.ID == id {
			return !strings.Contains(strings.Join(p.Addresses, " "), "p2p-circuit")
		}
	}
	return false
}

// TestNodesLearnWhetherTheyCanBeReached has peers try the addresses of a node that
// can be reached, which then relays by itself, and of one behind a router.
func TestNodesLearnWhetherTheyCanBeReached(t *testing.T) {
	t.Parallel()
	const listen = "/ip4/0.0.0.0/tcp/7671" // of UDP libp2p trusts a peer only that has dialled others over it
	n := netns.New(t)
	internet, home := n.Switch("internet"), n.Switch("home")
	behind := n.Machine("anna")
	n.Router("router", internet, "45.77.9.1/16", home, "192.168.1.1/24")
	home.Join(behind, "192.168.1.2/24")
	behind.Gateway("192.168.1.1")
	anna := moveIn(t, behind, "anna")
	anna.start(t, listen)
	var ruth *inhabitant
	for i, name := range []string{"ruth", "ben", "carl", "dora"} { // so many must see an address alike
		m := n.Machine(name)
		internet.Join(m, fmt.Sprintf("45.77.%d.1/16", i+1))
		r := moveIn(t, m, name)
		r.start(t, listen)
		invite := r.invite(t)
		anna.run(t, "connect", invite)
		if i == 0 {
			ruth = r
		} else {
			ruth.run(t, "connect", invite)
		}
	}
	soon(t, "Ruth to know that she can be reached", func() bool { return ruth.node(t).Reachability.Status == "public" })
	soon(t, "Ruth to relay", func() bool { return ruth.node(t).Reachability.Relay.On })
	soon(t, "Anna to know that she can't be reached", func() bool { return anna.node(t).Reachability.Status == "private" })
	if said := ruth.run(t, "doctor"); !strings.Contains(said, "can be reached from the internet: /ip4/45.77.1.1/tcp/7671") {
		t.Errorf("Ruth's doctor: %s", said)
	}
	if said := anna.run(t, "doctor"); !strings.Contains(said, "Nobody on the internet can reach") || !strings.Contains(said, "Forward port 7671") {
		t.Errorf("Anna's doctor: %s", said)
	}
}

// TestNodesMeetWithIPv6Only joins two machines that have no IPv4 beside loopback.
func TestNodesMeetWithIPv6Only(t *testing.T) {
	t.Parallel()
	n := netns.New(t)
	internet := n.Switch("internet")
	var both []*inhabitant
	for i, name := range []string{"anna", "ben"} {
		m := n.Machine(name)
		internet.Join(m, fmt.Sprintf("2600:77::%d/64", i+1))
		r := moveIn(t, m, name)
		r.start(t, "/ip4/0.0.0.0/tcp/7671", "/ip6/::/tcp/7671", "/ip6/::/udp/7671/quic-v1")
		both = append(both, r)
	}
	anna, ben := both[0], both[1]
	ben.run(t, "follow", anna.invite(t), "--wait")
	postRed(t, anna, "Six is enough")
	soon(t, "the post", func() bool { return ben.sees(t, "Six is enough") })
}

func postRed(t *testing.T, r *inhabitant, words string) {
	t.Helper()
	dir := t.TempDir()
	if err := drawPhotos(dir); err != nil {
		t.Fatal(err)
	}
	r.run(t, "post", dir+"/red.jpg", "-m", words, "--alt", "red")
}

package rossgram

import (
	"github.com/libp2p/go-libp2p/core/network"

	"rossgram.app/p2p"
)

// Reachability says how others get through to the node.
type Reachability struct {
	// Status is public, private or unknown: whether peers who tried got through.
	Status string `json:"status"`
	// Addresses are the node's own on the internet, as far as they are known.
	Addresses []AddressReach `json:"addresses"`
	// Mapped are those that the router forwards at the node's request.
	Mapped []string `json:"mapped"`
	// Relays are addresses at which others relay for the node.
	Relays []string `json:"relays"`
	// Private is whether the node is in a private network.
	Private bool        `json:"private_network"`
	Relay   RelayStatus `json:"relay"`
}

// AddressReach is an address and whether peers got through to it.
type AddressReach struct {
	Address string `json:"address"`
	Status  string `json:"status"`
}

// RelayStatus says whether the node relays for its contacts, and for how many.
type RelayStatus struct {
	On    bool `json:"on"`
	Peers int  `json:"peers"`
}

var statuses = map[network.Reachability]string{
	network.ReachabilityPublic:  "public",
	network.ReachabilityPrivate: "private",
	network.ReachabilityUnknown: "unknown",
}

func reachability(r p2p.Reachability) Reachability {
	all := Reachability{
		Status: statuses[r.Status], Addresses: []AddressReach{}, Private: r.Private,
		Mapped: texts(r.Mapped), Relays: texts(r.Relays), Relay: RelayStatus{r.Relaying, r.Relayed},
	}
	for _, a := range r.Addrs {
		all.Addresses = append(all.Addresses, AddressReach{a.Addr.String(), statuses[a.Status]})
	}
	return all
}

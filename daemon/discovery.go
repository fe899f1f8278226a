package daemon

import (
	"cmp"
	"context"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"rossgram.app/content"
	"rossgram.app/p2p/discover"
	syncing "rossgram.app/p2p/sync"
)

// Of the accounts followed here, those are published in the DHT that few others
// are known to hold, and no more than a home line bears.
const (
	publishScarce   = 8
	publishFollowed = 32
)

// openDiscovery begins to look for holders among peers of peers and in the DHT,
// and to publish there what is held here.
func (n *Node) openDiscovery(context.Context) error {
	through, err := n.cfg.Network.dhtPeers()
	if err != nil {
		return err
	}
	if len(through) > 0 {
		if n.dht, err = discover.NewDHT(n.host, through); err != nil {
			return err
		}
		n.onClose(n.dht.Close)
		publisher, err := discover.NewPublisher(n.dht, n.publishable, discover.PublishPace{}, n.log)
		if err != nil {
			return err
		}
		n.onClose(publisher.Close)
	}
	for _, id := range n.replica.HostedAccounts() { // who holds them is to hear of them, and where this node is
		n.dialer.Want(id)
	}
	seeker := discover.NewSeeker(n.dialer, n.sync, n.dht, discover.SeekPace{}, n.log)
	n.onClose(seeker.Close)
	return nil
}

// dhtPeers returns the peers through which to join a DHT, none if it is off. A
// node that listens on loopback alone is for tests or for one machine: it joins
// through peers there or not at all, and one in a private network through peers
// of that.
func (c NetworkConfig) dhtPeers() ([]peer.AddrInfo, error) {
	if !c.DHT || c.SwarmKey != "" && len(c.DHTBootstrap) == 0 {
		return nil, nil
	}
	through := discover.PublicDHT()
	if len(c.DHTBootstrap) > 0 {
		var err error
		if through, err = multiaddrs("network.dht_bootstrap", c.DHTBootstrap); err != nil {
			return nil, err
		}
	}
	infos, err := withPeerIDs("network.dht_bootstrap", through)
	if err != nil {
		return nil, err
	}
	listen, err := multiaddrs("network.listen", c.Listen)
	if err != nil {
		return nil, err
	}
	if len(listen) > 0 && !slices.ContainsFunc(listen, func(a ma.Multiaddr) bool { return !manet.IsIPLoopback(a) }) {
		infos = discover.OnLoopback(infos)
	}
	return infos, nil
}

// publishable returns the accounts whose holders are to be published: our own,
// and those that few are known to hold, the fewest first.
func (n *Node) publishable() []content.AccountID {
	var list []content.AccountID
	holders := make(map[content.AccountID]int)
	for _, s := range n.follow.States() {
		if known := len(n.book.Holders(s.Account)); s.Version != (content.Version{}) && known < publishScarce {
			holders[s.Account] = known
			list = append(list, s.Account)
		}
	}
	slices.SortFunc(list, func(a, b content.AccountID) int {
		return cmp.Or(cmp.Compare(holders[a], holders[b]), slices.Compare(a[:], b[:]))
	})
	return append(n.replica.HostedAccounts(), list[:min(len(list), publishFollowed)]...)
}

// directory says who else holds what is held here: [syncing.Directory].
type directory struct{ n *Node }

// Holders names those that the book has met, see [discover.Book.Tell].
func (d directory) Holders(ctx context.Context, account content.AccountID, asker peer.ID, via ma.Multiaddr) []peer.AddrInfo {
	if _, err := d.n.replica.Head(ctx, account); err != nil {
		return nil
	}
	return d.n.book.Tell(account, asker, via, syncing.MaxHolders)
}

package follow

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/discover"
	syncing "rossgram.app/p2p/sync"
)

// watchPeers compares heads with every peer that comes, and looks at who is
// without a holder when one goes.
func (k *Keeper) watchPeers(ctx context.Context, peers <-chan p2p.PeerEvent) {
	p2p.EachPeer(ctx, peers, func(e p2p.PeerEvent) {
		switch {
		case e.Change == p2p.Identified && speaks(e.Protocols):
			k.ask(e.Peer, everyone)
		case e.Change == p2p.Disconnected:
			k.lost(e.Peer)
		}
	})
}

func speaks(ps []protocol.ID) bool { return slices.Contains(ps, syncing.Protocol) }

func (k *Keeper) lost(p peer.ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, id := range k.Book.Held(p) {
		if a := k.accounts[id]; a != nil {
			k.tell(a)
		}
	}
}

// contact notes that a peer serves these accounts now.
func (k *Keeper) contact(ids []content.AccountID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, id := range ids {
		if a := k.accounts[id]; a != nil {
			a.state.LastContact = time.Now().UTC()
			k.appeared(a)
			k.tell(a)
		}
		if len(k.broken[id]) > 0 {
			k.mendSoon()
		}
	}
}

// Invited takes up what an invite says: where nodes are that hold the account,
// to which a connection is tried at once. Following is for the caller to say, in
// a hosted account's repository, before or after.
func (k *Keeper) Invited(ctx context.Context, i discover.Invite) error {
	const op = "follow.Invited"
	if err := k.sameNetwork(i); err != nil {
		return content.E(op, content.Invalid, err)
	}
	for _, n := range i.Nodes {
		if n.ID == k.Host.ID() {
			continue
		}
		if err := k.Book.Learn(ctx, n.ID, n.Addrs...); err != nil {
			return content.E(op, content.Other, err)
		}
		if err := k.Book.Holds(ctx, n.ID, []content.AccountID{i.Account()}, nil); err != nil {
			return content.E(op, content.Other, err)
		}
		if p, there := k.Host.Peer(n.ID); there && speaks(p.Protocols) {
			k.ask(n.ID, likely)
		}
	}
	k.Dialer.Retry()
	return nil
}

// sameNetwork says what to do about an invite from a network that this node is
// not in, where nothing would ever be reached.
func (k *Keeper) sameNetwork(i discover.Invite) error {
	switch {
	case bytes.Equal(i.Network, k.Host.Network().Hint()):
		return nil
	case len(i.Network) == 0:
		return errors.New("the invite is from the public network and this node is in a private one: use another home for the public one")
	}
	return errors.New("the invite is from a private network that this node is not in: ask who invites for its key, and see network.swarm_key in config.toml")
}

// holders returns the connected peers that are said to hold an account, those
// seen last first.
func (k *Keeper) holders(id content.AccountID) []peer.AddrInfo {
	var there []peer.AddrInfo
	for _, info := range k.Book.Holders(id) {
		if k.Host.Libp2p().Network().Connectedness(info.ID) == network.Connected {
			there = append(there, info)
		}
	}
	return there
}

// errNobody is the failure of what needs a peer where there is none.
var errNobody = content.Errorf("follow.holders", content.Unavailable,
	"nobody who holds the account is connected; it is tried again when somebody is")

package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/budget"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
	"rossgram.app/p2p/discover"
)

// openHost starts the libp2p host of a home.
func openHost(ctx context.Context, cfg Config, contacts *contacts) (*p2p.Host, error) {
	host := p2p.Config{
		MapPorts: cfg.Network.MapPort, Relay: cfg.Network.Relay, Contact: contacts.has,
		Agent: "rossgram/" + cfg.Version, Logger: cfg.Log,
	}
	var err error
	if host.Key, err = p2p.LoadOrCreateKey(cfg.path(nodeKeyFile)); err != nil {
		return nil, err
	}
	if host.Listen, err = multiaddrs("network.listen", cfg.Network.Listen); err != nil {
		return nil, err
	}
	if host.Announce, err = multiaddrs("network.announce", cfg.Network.Announce); err != nil {
		return nil, err
	}
	if file := cfg.Network.SwarmKey; file != "" {
		if !filepath.IsAbs(file) {
			file = cfg.path(file)
		}
		if host.Network, err = p2p.LoadNetworkKey(file); err != nil {
			return nil, err
		}
	}
	return p2p.New(ctx, host)
}

// JoinPrivateNetwork makes the key of a new private network in the home, to be
// copied to the other nodes of the network, and has the node use it from its next
// start on. Kind Conflict if the home has a key.
func (c *Config) JoinPrivateNetwork() (path string, err error) {
	path = c.path(swarmKeyFile)
	if err := os.MkdirAll(c.Home, 0o700); err != nil {
		return path, content.E("daemon.JoinPrivateNetwork", content.Other, err)
	}
	if err := p2p.CreateNetworkKey(path); err != nil {
		return path, err
	}
	c.Network.SwarmKey = swarmKeyFile
	return path, c.Save()
}

func multiaddrs(key string, texts []string) ([]ma.Multiaddr, error) {
	addrs := make([]ma.Multiaddr, len(texts))
	for i, text := range texts {
		var err error
		if addrs[i], err = ma.NewMultiaddr(text); err != nil {
			return nil, content.E("daemon.Open", content.Invalid, fmt.Errorf("%s: %q is no address such as /ip4/0.0.0.0/tcp/7671: %w", key, text, err))
		}
	}
	return addrs, nil
}

// bootstrap tells the dialer of the peers to connect to at start.
func bootstrap(texts []string, found func(peer.AddrInfo)) error {
	addrs, err := multiaddrs("network.bootstrap", texts)
	if err != nil {
		return err
	}
	infos, err := withPeerIDs("network.bootstrap", addrs)
	if err != nil {
		return err
	}
	for _, info := range infos {
		found(info)
	}
	return nil
}

func withPeerIDs(key string, addrs []ma.Multiaddr) ([]peer.AddrInfo, error) {
	infos, err := peer.AddrInfosFromP2pAddrs(addrs...)
	if err != nil {
		return nil, content.E("daemon.Open", content.Invalid, fmt.Errorf("%s: an address ends in /p2p/ and the peer's ID: %w", key, err))
	}
	return infos, nil
}

// publicRecord is what peers may ask about repositories: [syncing.Source].
type publicRecord struct {
	replica *replica.Replica
	store   *store.Store
	budget  *budget.Budget
}

// Head returns the head held of an account.
func (p publicRecord) Head(ctx context.Context, account content.AccountID) (content.Head, error) {
	return p.replica.Head(ctx, account)
}

// Commit returns a published commit of an account.
func (p publicRecord) Commit(ctx context.Context, account content.AccountID, c cid.Cid) (content.Block, error) {
	const op = "daemon.Commit"
	b, err := p.store.AppendPublished(ctx, c, nil)
	if err != nil {
		return content.Block{}, content.E(op, content.Other, err)
	}
	commit, err := repo.DecodeCommit(b)
	if err != nil || commit.Account != account {
		return content.Block{}, content.E(op, content.NotFound, errors.New("no such commit of this account"))
	}
	return content.Block{CID: c, Data: b}, nil
}

// Block appends a published block.
func (p publicRecord) Block(ctx context.Context, c cid.Cid, b []byte) ([]byte, error) {
	const op = "daemon.Block"
	if p.budget.Held(c) {
		return nil, content.Errorf(op, content.NotFound, "traffic is being spared")
	}
	before := len(b)
	b, err := p.store.AppendPublished(ctx, c, b)
	if err != nil {
		return nil, err
	}
	return b, p.budget.Pass(ctx, c, len(b)-before)
}

// bookRoom keeps the address book in a room of the state: [discover.Store].
type bookRoom struct{ kv *store.KV }

// Load calls fn for every entry.
func (r bookRoom) Load(ctx context.Context, fn func(discover.Entry) error) error {
	return r.kv.View(ctx, func(tx *store.Tx) error {
		var failed error
		err := tx.Scan(store.Span{}, func(k, v []byte) bool {
			failed = fn(discover.Entry{Key: k, Value: v})
			return failed == nil
		})
		return errors.Join(err, failed)
	})
}

// Save changes entries, all or none.
func (r bookRoom) Save(ctx context.Context, changes []discover.Entry) error {
	return r.kv.Update(ctx, func(tx *store.Tx) error {
		for _, e := range changes {
			var err error
			if e.Value == nil {
				err = tx.Delete(e.Key)
			} else {
				err = tx.Set(e.Key, e.Value)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

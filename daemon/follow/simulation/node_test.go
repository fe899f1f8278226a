package simulation

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/event"
	"rossgram.app/daemon/follow"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/exchange"
	syncing "rossgram.app/p2p/sync"
)

// home is what of a node survives while it is off.
type home struct {
	dir  string
	key  crypto.PrivKey
	ring *keys.Keyring
	line *line
}

func newHome(t *testing.T, l *line) home {
	t.Helper()
	dir := t.TempDir()
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	check(t, err)
	phrase, err := keys.NewPhrase()
	check(t, err)
	ring, err := keys.CreateKeyring(filepath.Join(dir, "accounts"), phrase, false, time.Now())
	check(t, err)
	return home{filepath.Join(dir, "store"), key, ring, l}
}

func (h home) id() content.AccountID { return h.ring.ID() }

// invite is what the owner of the home gives to others.
func (h home) invite(t *testing.T) discover.Invite {
	t.Helper()
	id, err := peer.IDFromPrivateKey(h.key)
	check(t, err)
	return discover.Invite{
		Cert:  h.ring.Certificate(),
		Nodes: []peer.AddrInfo{{ID: id, Addrs: []ma.Multiaddr{h.line.multiaddr()}}},
	}
}

// node is a home that is online: the parts of a daemon that make posts arrive.
type node struct {
	home
	arrived func(*node, replica.Update) // what others said is here

	store    *store.Store
	replica  *replica.Replica
	hosted   *replica.Hosted
	host     *p2p.Host
	announce *announce.Announcer
	sync     *syncing.Syncer
	exchange *exchange.Exchange
	book     *discover.Book
	dialer   *discover.Dialer
	seeker   *discover.Seeker
	keeper   *follow.Keeper
	events   event.Bus
	opened   []interface{ Close() error }
}

// open starts a home as a daemon does. What is to be mirrored is kept whole.
func (h home) open(ctx context.Context, arrived func(*node, replica.Update), mirrored []content.AccountID) (*node, error) {
	n := &node{home: h, arrived: arrived}
	for _, step := range []func(context.Context) error{n.openStore, n.openHost, n.openDiscovery, n.openAnnounce} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, n.close())
		}
	}
	n.keeper = follow.New(follow.Parts{
		Replica: n.replica, Store: n.store, Host: n.host, Announce: n.announce, Sync: n.sync, Exchange: n.exchange,
		Book: n.book, Dialer: n.dialer, Events: &n.events, Log: slog.New(slog.DiscardHandler),
		Forget: func(context.Context, content.AccountID) error { return nil },
	})
	n.opened = append(n.opened, n.keeper)
	for _, id := range mirrored {
		if err := n.keeper.Mirror(ctx, id, 1<<30); err != nil {
			return nil, errors.Join(err, n.close())
		}
	}
	err := n.host.Listen()
	if err == nil {
		err = n.keeper.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

func (n *node) openStore(ctx context.Context) (err error) {
	if n.store, err = store.Open(ctx, n.dir, store.Options{Reserve: 1 << 20}); err != nil {
		return err
	}
	n.replica = replica.New(n.store, time.Now,
		func(ctx context.Context, u replica.Update) error { return n.keeper.Watch(ctx, u) }, n.updated)
	n.opened = append(n.opened, n.store, n.replica)
	n.hosted, err = n.replica.Host(ctx, n.ring)
	return err
}

func (n *node) openHost(ctx context.Context) (err error) {
	n.host, err = p2p.New(ctx, p2p.Config{
		Key: n.key, Agent: "rossgram/simulated", Listen: []ma.Multiaddr{n.line.multiaddr()}, Transport: n.line.transport(),
	})
	if err != nil {
		return err
	}
	n.opened = append(n.opened, n.host)
	n.exchange, err = exchange.New(n.host.Libp2p(), exchange.Config{Published: n.store.Published()})
	if err == nil {
		n.opened = append(n.opened, n.exchange)
	}
	return err
}

func (n *node) openDiscovery(ctx context.Context) (err error) {
	if n.book, err = discover.OpenBook(ctx, shelf{n.store.State().Bucket("book/")}); err != nil {
		return err
	}
	n.sync, err = syncing.New(n.host.Libp2p(), syncing.Config{
		Source: archive{n}, Verify: repo.VerifyHead, FilesOf: follow.Shown, Directory: directory{n},
	})
	if err != nil {
		return err
	}
	n.opened = append(n.opened, n.sync)
	if n.dialer, err = discover.NewDialer(n.host, n.book, discover.Pace{}, nil); err != nil {
		return err
	}
	n.seeker = discover.NewSeeker(n.dialer, n.sync, nil, discover.SeekPace{}, slog.New(slog.DiscardHandler))
	n.opened = append(n.opened, n.dialer, n.seeker)
	return nil
}

func (n *node) openAnnounce(context.Context) (err error) {
	n.announce, err = announce.New(n.host.Libp2p(), announce.Config{Verify: repo.VerifyHead, Judge: judge{n}})
	if err == nil {
		n.opened = append(n.opened, n.announce)
	}
	return err
}

// close closes what was opened, the last first.
func (n *node) close() error {
	var errs []error
	for i := range n.opened {
		errs = append(errs, n.opened[len(n.opened)-1-i].Close())
	}
	return errors.Join(errs...)
}

// updated tells peers of our own posts and the simulation of others'.
func (n *node) updated(ctx context.Context, u replica.Update) error {
	if u.Account != n.id() {
		n.arrived(n, u)
		return nil
	}
	return n.announce.Publish(ctx, u.Head, u.Blocks)
}

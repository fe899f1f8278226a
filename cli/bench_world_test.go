package cli

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipfs/boxo/blockstore"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/p2p"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/exchange"
	syncing "rossgram.app/p2p/sync"
)

// world is what surrounds a daemon that is measured: accounts, their blocks, and
// nodes that hold some of them and speak our protocols, all in this process. It
// is the journal of all the accounts' repositories and the source of their blocks.
type world struct {
	accounts []content.AccountID
	heads    map[content.AccountID]content.Head // complete before there are nodes
	blocks   blockstore.Blockstore
	nodes    []*neighbour
	daemon   peer.ID
	asked    atomic.Int64 // accounts that nodes were asked about
}

// newWorld makes accounts that have a profile each.
func newWorld(b *testing.B, accounts int) *world {
	w := &world{
		heads:  make(map[content.AccountID]content.Head),
		blocks: blockstore.NewBlockstore(dssync.MutexWrap(datastore.NewMapDatastore())),
	}
	for range accounts {
		w.addAccount(b)
	}
	return w
}

func (w *world) addAccount(b *testing.B) {
	b.Helper()
	phrase, err := keys.NewPhrase()
	check(b, err)
	account, err := phrase.AccountKey()
	check(b, err)
	seal, err := phrase.SealingKey(1)
	check(b, err)
	writer := keys.NewWriterKey()
	cert, err := account.Certify(1, writer.Public(), seal, time.Now())
	check(b, err)
	r, err := repo.Open(b.Context(), repo.Config{Source: w, Journal: w, Certificate: cert, Signer: writer, Now: time.Now})
	check(b, err)
	profile, err := record.Encode(&record.Profile{Name: account.ID().Fingerprint(), Created: record.TimeOf(time.Now())})
	check(b, err)
	_, err = r.Apply(b.Context(), []repo.Op{repo.Put(content.NewPath(content.CollectionProfile, "self"), profile, repo.Absent())})
	check(b, err)
	check(b, r.Close())
	w.accounts = append(w.accounts, account.ID())
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// Get makes world a [repo.Source].
func (w *world) Get(ctx context.Context, c cid.Cid) ([]byte, error) {
	block, err := w.blocks.Get(ctx, c)
	if err != nil {
		return nil, content.E("world.Get", content.NotFound, err)
	}
	return block.RawData(), nil
}

// Publish makes world a [repo.Journal].
func (w *world) Publish(ctx context.Context, c *repo.Change) error {
	for _, block := range c.Blocks {
		made, err := blocks.NewBlockWithCid(block.Data, block.CID)
		if err != nil {
			return err
		}
		if err := w.blocks.Put(ctx, made); err != nil {
			return err
		}
	}
	w.heads[c.Head.Account()] = c.Head
	return nil
}

// connect connects all nodes to a daemon.
func (w *world) connect(b *testing.B, p *performer) {
	b.Helper()
	info, err := p.cl.Node(b.Context())
	check(b, err)
	for _, n := range w.nodes {
		at := whereToDial(b, info.Addresses, n.quic)
		w.daemon = at.ID
		check(b, n.host.Connect(b.Context(), at))
	}
}

// unheld returns how many accounts no node holds.
func (w *world) unheld() int {
	n := 0
	for _, account := range w.accounts {
		if !slices.ContainsFunc(w.nodes, func(n *neighbour) bool { return n.holds[account] }) {
			n++
		}
	}
	return n
}

// whereToDial returns a node's address of QUIC, or of TCP.
func whereToDial(b *testing.B, addrs []string, quic bool) peer.AddrInfo {
	b.Helper()
	for _, text := range addrs {
		at, err := ma.NewMultiaddr(text)
		check(b, err)
		if _, err := at.ValueForProtocol(ma.P_QUIC_V1); (err == nil) == quic {
			info, err := peer.AddrInfoFromP2pAddr(at)
			check(b, err)
			return *info
		}
	}
	b.Fatalf("no such address among %v", addrs)
	return peer.AddrInfo{}
}

// neighbour is a node that holds some accounts of a world.
type neighbour struct {
	*world
	host  *p2p.Host
	sync  *syncing.Syncer
	quic  bool // it is reached by, and dials by, QUIC only; else TCP only
	holds map[content.AccountID]bool
}

// addNode starts a node that holds some of the accounts, drawn at random.
func (w *world) addNode(b *testing.B, each int, quic bool) {
	b.Helper()
	n := &neighbour{world: w, quic: quic, holds: make(map[content.AccountID]bool)}
	for _, i := range rand.Perm(len(w.accounts))[:each] {
		n.holds[w.accounts[i]] = true
	}
	key, err := p2p.LoadOrCreateKey(b.TempDir() + "/key")
	check(b, err)
	at := p2p.ListenOn(netip.MustParseAddrPort("127.0.0.1:0"))[:1]
	if quic {
		at = p2p.ListenOn(netip.MustParseAddrPort("127.0.0.1:0"))[1:]
	}
	n.host, err = p2p.New(b.Context(), p2p.Config{Key: key, Listen: at, Agent: "rossgram/neighbour"})
	check(b, err)
	b.Cleanup(func() { _ = n.host.Close() })
	n.sync, err = syncing.New(n.host.Libp2p(), syncing.Config{Source: n, Verify: repo.VerifyHead})
	check(b, err)
	_, err = exchange.New(n.host.Libp2p(), exchange.Config{Published: w.blocks})
	check(b, err)
	hears, err := announce.New(n.host.Libp2p(), announce.Config{Verify: repo.VerifyHead, Judge: n})
	check(b, err)
	for account := range n.holds {
		check(b, hears.Subscribe(account))
	}
	check(b, n.host.Listen())
	w.nodes = append(w.nodes, n)
}

// Judge makes neighbour an [announce.Judge]: nothing is announced.
func (n *neighbour) Judge(content.Head) announce.Verdict { return announce.Known }

// Head makes neighbour a [syncing.Source], with Commit and Block.
func (n *neighbour) Head(_ context.Context, account content.AccountID) (content.Head, error) {
	n.asked.Add(1)
	if !n.holds[account] {
		return content.Head{}, content.Errorf("neighbour.Head", content.NotFound, "not held")
	}
	return n.heads[account], nil
}

// Commit returns a commit's block.
func (n *neighbour) Commit(ctx context.Context, _ content.AccountID, commit cid.Cid) (content.Block, error) {
	data, err := n.Get(ctx, commit)
	return content.Block{CID: commit, Data: data}, err
}

// Block appends a block's bytes.
func (n *neighbour) Block(ctx context.Context, c cid.Cid, b []byte) ([]byte, error) {
	data, err := n.Get(ctx, c)
	return append(b, data...), err
}

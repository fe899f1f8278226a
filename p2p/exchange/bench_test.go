package exchange_test

import (
	"context"
	"testing"

	blockstore "github.com/ipfs/boxo/blockstore"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p/exchange"
	"rossgram.app/p2p/internal/p2ptest"
)

// shelf is a blockstore in memory, read only.
type shelf struct {
	blockstore.Blockstore
	blocks map[cid.Cid]blocks.Block
}

func (s shelf) Has(_ context.Context, c cid.Cid) (bool, error) { return s.blocks[c] != nil, nil }

func (s shelf) GetSize(_ context.Context, c cid.Cid) (int, error) {
	return len(s.blocks[c].RawData()), nil
}

func (s shelf) Get(_ context.Context, c cid.Cid) (blocks.Block, error) { return s.blocks[c], nil }

// nowhere takes blocks and forgets them.
type nowhere struct{}

func (nowhere) Put(context.Context, ...content.Block) error { return nil }

// BenchmarkFetch moves 256 blocks of 1 MiB over loopback from memory to nowhere:
// what the exchange alone takes, of both sides in one process.
func BenchmarkFetch(b *testing.B) {
	s := shelf{blocks: make(map[cid.Cid]blocks.Block)}
	var want []cid.Cid
	for _, blk := range files(256, content.MaxBlockSize) {
		s.blocks[blk.CID] = basic(blk)
		want = append(want, blk.CID)
	}
	from, to := p2ptest.Host(b), p2ptest.Host(b)
	server, err := exchange.New(from.Libp2p(), exchange.Config{Published: s})
	check(b, err)
	defer server.Close()
	client, err := exchange.New(to.Libp2p(), exchange.Config{Published: shelf{}})
	check(b, err)
	defer client.Close()
	b.SetBytes(int64(len(want)) * content.MaxBlockSize)
	for b.Loop() {
		check(b, client.Fetch(b.Context(), []peer.AddrInfo{{ID: from.ID(), Addrs: from.Libp2p().Addrs()}}, want, nowhere{}))
	}
}

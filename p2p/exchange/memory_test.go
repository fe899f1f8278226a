package exchange_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/ipfs/boxo/blockstore"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	format "github.com/ipfs/go-ipld-format"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/exchange"
	"rossgram.app/p2p/internal/p2ptest"
)

// mill is a blockstore that makes its blocks as they are asked for, so that the
// heap is the exchange's.
type mill struct {
	blockstore.Blockstore // what bitswap does not use
	seeds                 map[cid.Cid]byte
}

const milled = content.MaxBlockSize

func newMill(n int) (*mill, []cid.Cid) {
	m := &mill{seeds: make(map[cid.Cid]byte)}
	list := make([]cid.Cid, n)
	for i := range list {
		list[i] = content.Sum(content.Raw, grind(byte(i)))
		m.seeds[list[i]] = byte(i)
	}
	return m, list
}

func grind(seed byte) []byte {
	b := make([]byte, milled)
	b[0] = seed
	return b
}

func (m *mill) Has(_ context.Context, c cid.Cid) (bool, error) {
	_, ok := m.seeds[c]
	return ok, nil
}

func (m *mill) GetSize(_ context.Context, c cid.Cid) (int, error) {
	if _, ok := m.seeds[c]; !ok {
		return 0, format.ErrNotFound{Cid: c}
	}
	return milled, nil
}

func (m *mill) Get(_ context.Context, c cid.Cid) (blocks.Block, error) {
	seed, ok := m.seeds[c]
	if !ok {
		return nil, format.ErrNotFound{Cid: c}
	}
	return blocks.NewBlockWithCid(grind(seed), c)
}

// gauge is a sink that keeps nothing and measures what is alive.
type gauge struct {
	mu     sync.Mutex
	blocks int
	peak   uint64
}

func (g *gauge) Put(_ context.Context, list ...content.Block) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.blocks += len(list)
	g.peak = max(g.peak, live())
	return nil
}

// live returns how many bytes of the heap are in use, garbage not counted.
func live() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestMemoryOfAFetchIsBounded fetches 240 MiB; what both ends hold at a time is
// half of that at most, buffers of the streams among it.
func TestMemoryOfAFetchIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 240 MiB")
	}
	source, want := newMill(240)
	ends := [2]*p2p.Host{p2ptest.Host(t), p2ptest.Host(t)}
	var exchanges [2]*exchange.Exchange
	for i, published := range []*mill{source, {}} {
		x, err := exchange.New(ends[i].Libp2p(), exchange.Config{Published: published})
		check(t, err)
		t.Cleanup(func() { check(t, x.Close()) })
		exchanges[i] = x
	}
	before, g := live(), &gauge{}
	check(t, exchanges[1].Fetch(t.Context(), []peer.AddrInfo{p2ptest.Info(ends[0])}, want, g))
	if g.blocks != len(want) {
		t.Errorf("%d of %d blocks", g.blocks, len(want))
	}
	if grown := int64(g.peak) - int64(before); grown > 120<<20 {
		t.Errorf("%d MiB held at a time", grown>>20)
	}
}

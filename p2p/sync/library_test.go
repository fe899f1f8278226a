package sync_test

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/go-cid"
	format "github.com/ipfs/go-ipld-format"
	"github.com/multiformats/go-multihash"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/mst"
	"rossgram.app/p2p/internal/p2ptest"
	psync "rossgram.app/p2p/sync"
)

// filesOf reads what stands for a post in these tests: see [library.post].
func filesOf(record []byte) []cid.Cid {
	var post struct {
		Links []dagcbor.Link `cbor:"links"`
	}
	if dagcbor.Unmarshal(record, &post) != nil {
		return nil
	}
	var files []cid.Cid
	for _, l := range post.Links {
		files = append(files, l.Cid)
	}
	return files
}

// library is an account's repository, with everything in an archive.
type library struct {
	*archive
	t       testing.TB
	account p2ptest.Account
	tree    *mst.Tree
	heads   []content.Head
}

func newLibrary(t testing.TB) *library {
	return &library{archive: newArchive(t), t: t, account: p2ptest.NewAccount(t), tree: mst.Empty(nil)}
}

func (l *library) add(b content.Block) content.Block {
	l.blocks[b.CID] = b
	return b
}

// photo is a file of one block.
func (l *library) photo(n, size int) content.Block {
	return l.add(content.NewBlock(content.Raw, bytes.Repeat([]byte{byte(n), byte(n >> 8), 7}, size/3)))
}

// large is a file of several.
func (l *library) large(parts ...content.Block) content.Block {
	n := merkledag.NodeWithData(nil)
	if err := n.SetCidBuilder(cid.V1Builder{Codec: cid.DagProtobuf, MhType: multihash.SHA2_256}); err != nil {
		l.t.Fatal(err)
	}
	for _, p := range parts {
		if err := n.AddRawLink("", &format.Link{Cid: p.CID, Size: uint64(len(p.Data))}); err != nil {
			l.t.Fatal(err)
		}
	}
	return l.add(content.NewBlock(content.DagPB, n.RawData()))
}

func key(n int) string { return fmt.Sprintf("app.rossgram.post/3l%011d", n) }

// post puts the n-th post into the tree, with what it shows.
func (l *library) post(n int, photos ...content.Block) content.Block {
	record := l.add(p2ptest.Tree(l.t, n, photos...))
	tree, err := l.tree.Put(l.t.Context(), key(n), record.CID)
	if err != nil {
		l.t.Fatal(err)
	}
	l.tree = tree
	return record
}

// commit seals the tree and signs it.
func (l *library) commit() content.Head {
	root, nodes, err := l.tree.Seal()
	if err != nil {
		l.t.Fatal(err)
	}
	for _, n := range nodes {
		l.add(n)
	}
	l.tree = mst.Load(l, root)
	var prev *content.Head
	if n := len(l.heads); n > 0 {
		prev = &l.heads[n-1]
	}
	at := time.Now().Add(-time.Hour + time.Duration(len(l.heads))*time.Second)
	head := l.account.Head(l.t, at, prev, content.Block{CID: root})
	b := p2ptest.CommitBlock(l.t, head)
	l.commits[b.CID], l.archive.heads[l.account.ID] = b, head
	l.heads = append(l.heads, head)
	return head
}

// Get makes it the source of its trees.
func (l *library) Get(ctx context.Context, c cid.Cid) ([]byte, error) { return l.Block(ctx, c, nil) }

// names are what is there of a head's tree.
func (l *library) names(h content.Head) []uint32 {
	all := func(cid.Cid) (bool, error) { return true, nil }
	nodes, records, err := mst.Load(l, h.Commit.Data.Cid).Whole(l.t.Context(), all)
	if err != nil {
		l.t.Fatal(err)
	}
	var list []uint32
	for _, c := range append(nodes, records...) {
		list = append(list, psync.Prefix(c))
	}
	return list
}

// basin takes what is pulled.
type basin struct {
	mu    sync.Mutex
	order []cid.Cid
	have  map[cid.Cid][]byte
	most  int // blocks after which it is full; 0 is never
}

func (b *basin) Put(_ context.Context, blocks ...content.Block) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, blk := range blocks {
		if b.most > 0 && len(b.order) >= b.most {
			return content.Errorf("basin.Put", content.Quota, "full")
		}
		if b.have == nil {
			b.have = make(map[cid.Cid][]byte)
		}
		b.order = append(b.order, blk.CID)
		b.have[blk.CID] = bytes.Clone(blk.Data)
	}
	return nil
}

func (b *basin) Get(_ context.Context, c cid.Cid) ([]byte, error) {
	if data, ok := b.have[c]; ok {
		return data, nil
	}
	return nil, content.Errorf("basin.Get", content.NotFound, "not here")
}

func meet(t testing.TB, l *library) (asking, holding node) {
	asking, holding = newNode(t, newArchive(t), psync.Limits{}), newNode(t, l, psync.Limits{})
	p2ptest.Connect(t, asking.Host, holding.Host)
	return asking, holding
}

// missing lists what is under a head and not in the basin.
func (l *library) missing(b *basin, h content.Head) (n int) {
	has := func(c cid.Cid) (bool, error) { _, ok := b.have[c]; return ok, nil }
	_, here, err := mst.Load(b, h.Commit.Data.Cid).Whole(l.t.Context(), has)
	if err != nil {
		l.t.Fatal(err)
	}
	all := func(cid.Cid) (bool, error) { return true, nil }
	_, want, err := mst.Load(l, h.Commit.Data.Cid).Whole(l.t.Context(), all)
	if err != nil {
		l.t.Fatal(err)
	}
	return len(want) - len(here)
}

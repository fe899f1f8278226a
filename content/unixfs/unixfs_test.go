package unixfs_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/go-cid"
	format "github.com/ipfs/go-ipld-format"
	"github.com/multiformats/go-multihash"

	"rossgram.app/content"
	"rossgram.app/content/unixfs"
)

// memory is blocks.
type memory map[cid.Cid][]byte

func (m memory) Get(_ context.Context, c cid.Cid) ([]byte, error) {
	if data, ok := m[c]; ok {
		return data, nil
	}
	return nil, content.Errorf("memory.Get", content.NotFound, "not here")
}

func (m memory) put(b content.Block) cid.Cid {
	m[b.CID] = b.Data
	return b.CID
}

// inner is a node of a large file.
func inner(t testing.TB, links ...cid.Cid) content.Block {
	t.Helper()
	n := merkledag.NodeWithData(nil)
	if err := n.SetCidBuilder(cid.V1Builder{Codec: cid.DagProtobuf, MhType: multihash.SHA2_256}); err != nil {
		t.Fatal(err)
	}
	for _, c := range links {
		if err := n.AddRawLink("", &format.Link{Cid: c}); err != nil {
			t.Fatal(err)
		}
	}
	return content.NewBlock(content.DagPB, n.RawData())
}

func leaves(n int) (list []cid.Cid) {
	for i := range n {
		list = append(list, content.Sum(content.Raw, fmt.Append(nil, i)))
	}
	return list
}

func TestBlocksIsBounded(t *testing.T) {
	src := make(memory)
	chain := leaves(1)[0]
	for range 6 {
		chain = src.put(inner(t, chain))
	}
	half := src.put(inner(t, leaves(600)...))
	for _, c := range []struct {
		name string
		root cid.Cid
		ok   bool
	}{
		{"one node of 1,023 leaves", src.put(inner(t, leaves(1023)...)), true},
		{"too many leaves", src.put(inner(t, leaves(1024)...)), false},
		{"too many together", src.put(inner(t, half, half)), false},
		{"too deep", chain, false},
		{"not a node", src.put(content.NewBlock(content.DagPB, []byte("\xff\xff"))), true},
		{"not here", inner(t, leaves(3)...).CID, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			blocks, err := unixfs.Blocks(t.Context(), src, c.root)
			if c.ok && (err != nil || blocks[0] != c.root) {
				t.Errorf("%d blocks, %v", len(blocks), err)
			}
			if !c.ok && content.KindOf(err) != content.TooLarge {
				t.Errorf("%d blocks, %v", len(blocks), err)
			}
		})
	}
}

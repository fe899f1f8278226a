// Package mst is the Merkle search tree that a repository keeps its records in:
// a sorted map from record paths to CIDs whose shape, and so whose root CID,
// depends on nothing but what is in it.
//
// The tree is atproto's (specification "Repository", section "MST Structure";
// the idea is Auvolat and Taïani, "Merkle Search Trees", 2019): a key belongs to
// the layer that is half the number of leading zero bits of its SHA-256, a node
// holds the keys of one layer between two keys of the layer above, and nodes are
// DAG-CBOR.
//
// Trees are persistent: Put and Delete return a new tree that shares what did
// not change. Nodes are loaded when they are needed. Every node that is loaded
// is checked: its keys are sorted, of its layer, and between those of its
// parent. A hostile tree is an error of kind Invalid, a node that the source does
// not have one of kind Unavailable.
package mst

import (
	"context"
	"crypto/sha256"
	"math/bits"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// The limits of a tree. MaxLayer is far above what honest keys reach: a key of
// layer 64 would take 2^128 attempts to find.
const (
	MaxLayer   = 64
	MaxKeyLen  = content.MaxPathLen
	MaxEntries = 1 << 12 // of one node; the node's size bounds them further
)

// Source gives the bytes of a block, verified against its CID.
type Source interface {
	Get(ctx context.Context, c cid.Cid) ([]byte, error)
}

// Tree is one version of a map. A tree with changes belongs to one goroutine
// until it is sealed (see [Tree.Seal]); after that it may be read by many.
type Tree struct {
	src  Source
	root *node // nil is the empty tree
}

// Empty returns the tree of nothing. src is where nodes are read that later
// versions of it may come to need; it may be nil if it is never sealed and
// reloaded.
func Empty(src Source) *Tree { return &Tree{src: src} }

// Load returns the tree of a root. It reads nothing yet.
func Load(src Source, root cid.Cid) *Tree {
	return &Tree{src: src, root: unloaded(root, rootLayer)}
}

// Layer returns the layer a key belongs to: the leading zero bits of its
// SHA-256, in pairs.
func Layer(key string) int {
	sum := sha256.Sum256([]byte(key))
	zeros := 0
	for _, b := range sum {
		zeros += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return zeros / 2
}

func checkKey(op, key string) error {
	if key == "" || len(key) > MaxKeyLen {
		return content.Errorf(op, content.Invalid, "a key has 1 to 1,024 bytes")
	}
	return nil
}

// Get returns the value of a key; kind NotFound if it has none.
func (t *Tree) Get(ctx context.Context, key string) (cid.Cid, error) {
	const op = "mst.Get"
	if err := checkKey(op, key); err != nil {
		return cid.Undef, err
	}
	layer, n, in := Layer(key), t.root, everything
	for n != nil {
		b, err := n.load(ctx, t.src, in)
		if err != nil {
			return cid.Undef, content.E(op, content.Other, err)
		}
		i, found := b.search(key)
		if found {
			return b.entries[i].value, nil
		}
		if b.layer <= layer {
			break
		}
		n, in = b.child(i), b.between(i, in)
	}
	return cid.Undef, content.Errorf(op, content.NotFound, "no record "+key)
}

// Put returns the tree with a key's value set.
func (t *Tree) Put(ctx context.Context, key string, value cid.Cid) (*Tree, error) {
	const op = "mst.Put"
	if err := checkKey(op, key); err != nil {
		return nil, err
	}
	if !value.Defined() {
		return nil, content.Errorf(op, content.Invalid, "a value is a CID")
	}
	e := editor{ctx, t.src}
	root, err := e.putRoot(t.root, entry{key: key, value: value}, Layer(key))
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return &Tree{t.src, root}, nil
}

// Delete returns the tree without a key; kind NotFound if it is not there.
func (t *Tree) Delete(ctx context.Context, key string) (*Tree, error) {
	const op = "mst.Delete"
	if err := checkKey(op, key); err != nil {
		return nil, err
	}
	e := editor{ctx, t.src}
	root, err := e.remove(t.root, key, Layer(key), everything)
	if err == nil {
		root, err = e.trim(root)
	}
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return &Tree{t.src, root}, nil
}

package mst

import (
	"context"
	"sort"
	"sync/atomic"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// node is a node of the tree: loaded, or known by its CID only. A loaded body is
// never changed, so nodes are shared between versions.
type node struct {
	cid   cid.Cid // undefined until the node is sealed
	layer int     // what the parent says it must be; rootLayer if there is no parent
	body  atomic.Pointer[body]
}

// rootLayer stands for "whatever the keys say".
const rootLayer = -1

// body is the content of a node: left, then entries in order, each with what
// stands to its right.
type body struct {
	layer   int
	left    *node
	entries []entry
}

type entry struct {
	key   string
	value cid.Cid
	right *node
}

// bounds are the keys between which all of a subtree must lie, both exclusive;
// an empty string is no bound.
type bounds struct{ low, high string }

var everything = bounds{}

func (b bounds) hold(key string) bool {
	return key > b.low && (b.high == "" || key < b.high)
}

func unloaded(c cid.Cid, layer int) *node { return &node{cid: c, layer: layer} }

// fresh returns a node that is not sealed, or nil if it would hold nothing.
func fresh(b *body) *node {
	if b.left == nil && len(b.entries) == 0 {
		return nil
	}
	n := &node{layer: b.layer}
	n.body.Store(b)
	return n
}

// load returns the node's body, which it reads and checks the first time.
func (n *node) load(ctx context.Context, src Source, in bounds) (*body, error) {
	if b := n.body.Load(); b != nil {
		return b, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, err := src.Get(ctx, n.cid)
	if err != nil {
		return nil, missing(err)
	}
	return n.fill(data, in)
}

// missing tells a node that is not there from a key that is not: the first is
// of kind Unavailable, so that only the second is of kind NotFound.
func missing(err error) error {
	if content.KindOf(err) == content.NotFound {
		return content.E("mst.load", content.Unavailable, err)
	}
	return err
}

// fill takes the node's bytes, which it checks.
func (n *node) fill(data []byte, in bounds) (*body, error) {
	b, err := n.parse(data, in)
	if err != nil {
		return nil, err
	}
	n.body.Store(b)
	return b, nil
}

// parse reads the node's bytes, and keeps nothing of them.
func (n *node) parse(data []byte, in bounds) (*body, error) {
	b, err := decode(data)
	if err != nil {
		return nil, err
	}
	return b, b.fit(n.layer, in)
}

// fit finds the body's layer, checks it against its place in the tree, and tells
// the children theirs.
func (b *body) fit(layer int, in bounds) error {
	const op = "mst.fit"
	switch {
	case len(b.entries) > 0:
		b.layer = Layer(b.entries[0].key)
	case layer != rootLayer && b.left != nil:
		b.layer = layer // a node that only bridges a gap
	case layer == rootLayer && b.left == nil:
		b.layer = 0 // the empty tree
	default:
		return content.Errorf(op, content.Invalid, "an empty node where the tree has none")
	}
	if b.layer > MaxLayer || layer != rootLayer && b.layer != layer {
		return content.Errorf(op, content.Invalid, "a node in the wrong layer")
	}
	for i, e := range b.entries {
		if Layer(e.key) != b.layer {
			return content.Errorf(op, content.Invalid, "a key in the wrong layer")
		}
		if !in.hold(e.key) || i > 0 && e.key <= b.entries[i-1].key {
			return content.Errorf(op, content.Invalid, "keys out of order")
		}
	}
	for i := range len(b.entries) + 1 {
		if c := b.child(i); c != nil {
			if b.layer == 0 {
				return content.Errorf(op, content.Invalid, "a node below the lowest layer")
			}
			c.layer = b.layer - 1
		}
	}
	return nil
}

// search returns the index of the first entry whose key is not below key, and
// whether it is key.
func (b *body) search(key string) (int, bool) {
	i := sort.Search(len(b.entries), func(i int) bool { return b.entries[i].key >= key })
	return i, i < len(b.entries) && b.entries[i].key == key
}

// child returns the subtree before entry i; of i = len(entries), the last one.
func (b *body) child(i int) *node {
	if i == 0 {
		return b.left
	}
	return b.entries[i-1].right
}

// between returns the bounds of child i of a node that has bounds in.
func (b *body) between(i int, in bounds) bounds {
	if i > 0 {
		in.low = b.entries[i-1].key
	}
	if i < len(b.entries) {
		in.high = b.entries[i].key
	}
	return in
}

// withChild returns the body with another subtree before entry i.
func (b *body) withChild(i int, c *node) *body {
	n := &body{layer: b.layer, left: b.left, entries: append([]entry(nil), b.entries...)}
	if i == 0 {
		n.left = c
	} else {
		n.entries[i-1].right = c
	}
	return n
}

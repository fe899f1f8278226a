package mst

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// Seal gives every changed node its CID and returns the root's, with the blocks
// of those nodes, children before parents. A tree that did not change has none,
// but for the one node of the empty tree.
func (t *Tree) Seal() (cid.Cid, []content.Block, error) {
	if t.root == nil {
		t.root = &node{layer: rootLayer}
		t.root.body.Store(new(body))
	}
	var blocks []content.Block
	err := t.root.seal(&blocks)
	return t.root.cid, blocks, err
}

func (n *node) seal(blocks *[]content.Block) error {
	if n == nil || n.cid.Defined() {
		return nil
	}
	b := n.body.Load()
	for i := range len(b.entries) + 1 {
		if err := b.child(i).seal(blocks); err != nil {
			return err
		}
	}
	block, err := b.encode()
	if err != nil {
		return err
	}
	n.cid = block.CID
	*blocks = append(*blocks, block)
	return nil
}

// Direction says which way to walk.
type Direction bool

// The ways to walk a tree.
const (
	Forward  Direction = false
	Backward Direction = true
)

// Span is a range of keys: from Low on, and below High. An empty High is no
// bound.
type Span struct{ Low, High string }

// PrefixSpan is the span of the keys that begin with a prefix.
func PrefixSpan(prefix string) Span {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff {
			return Span{prefix, prefix[:i] + string([]byte{prefix[i] + 1})}
		}
	}
	return Span{Low: prefix}
}

// Walk visits the keys of a span in order until visit returns false. It loads
// only the nodes that it comes by.
func (t *Tree) Walk(ctx context.Context, s Span, d Direction, visit func(key string, value cid.Cid) bool) error {
	w := walker{ctx, t.src, s, d, visit}
	if _, err := w.walk(t.root, everything); err != nil {
		return content.E("mst.Walk", content.Other, err)
	}
	return nil
}

type walker struct {
	ctx   context.Context
	src   Source
	span  Span
	d     Direction
	visit func(string, cid.Cid) bool
}

// walk returns false once visit has.
func (w walker) walk(n *node, in bounds) (more bool, err error) {
	if n == nil || w.outside(in) {
		return true, nil
	}
	b, err := n.load(w.ctx, w.src, in)
	if err != nil {
		return false, err
	}
	for i := range 2*len(b.entries) + 1 {
		if w.d == Backward {
			i = 2*len(b.entries) - i
		}
		if i%2 == 0 {
			more, err = w.walk(b.child(i/2), b.between(i/2, in))
		} else {
			more, err = w.entry(b.entries[i/2]), nil
		}
		if !more || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (w walker) outside(in bounds) bool {
	return in.high != "" && in.high <= w.span.Low || w.span.High != "" && in.low >= w.span.High
}

func (w walker) entry(e entry) bool {
	if e.key < w.span.Low || w.span.High != "" && e.key >= w.span.High {
		return true
	}
	return w.visit(e.key, e.value)
}

package mst

import (
	"context"

	"rossgram.app/content"
)

// editor makes changed copies of the nodes on the way to a key.
type editor struct {
	ctx context.Context
	src Source
}

// putRoot puts an entry into the tree below root, which it grows to the entry's
// layer if need be.
func (e editor) putRoot(root *node, x entry, layer int) (*node, error) {
	if root == nil {
		return fresh(&body{layer: layer, entries: []entry{x}}), nil
	}
	b, err := root.load(e.ctx, e.src, everything)
	if err != nil {
		return nil, err
	}
	switch {
	case b.left == nil && len(b.entries) == 0:
		return fresh(&body{layer: layer, entries: []entry{x}}), nil
	case layer <= b.layer:
		return e.put(root, x, layer, everything)
	}
	left, right, err := e.split(root, x.key, everything)
	if err != nil {
		return nil, err
	}
	x.right = raise(right, b.layer, layer-1)
	return fresh(&body{layer: layer, left: raise(left, b.layer, layer-1), entries: []entry{x}}), nil
}

// raise puts empty nodes above n until it reaches a layer.
func raise(n *node, from, to int) *node {
	for l := from + 1; n != nil && l <= to; l++ {
		n = fresh(&body{layer: l, left: n})
	}
	return n
}

// put puts an entry below a node whose layer is at least the entry's.
func (e editor) put(n *node, x entry, layer int, in bounds) (*node, error) {
	b, err := n.load(e.ctx, e.src, in)
	if err != nil {
		return nil, err
	}
	i, found := b.search(x.key)
	if found {
		return e.replace(n, b, i, x), nil
	}
	child, inner := b.child(i), b.between(i, in)
	if layer == b.layer {
		return e.insert(b, i, child, x, inner)
	}
	if child == nil {
		child = raise(fresh(&body{layer: layer, entries: []entry{x}}), layer, b.layer-1)
	} else if child, err = e.put(child, x, layer, inner); err != nil {
		return nil, err
	}
	return fresh(b.withChild(i, child)), nil
}

func (e editor) replace(n *node, b *body, i int, x entry) *node {
	if b.entries[i].value.Equals(x.value) {
		return n
	}
	c := b.withChild(0, b.left)
	c.entries[i].value = x.value
	return fresh(c)
}

// insert puts an entry into a body at i, and divides what stood there.
func (e editor) insert(b *body, i int, child *node, x entry, in bounds) (*node, error) {
	left, right, err := e.split(child, x.key, in)
	if err != nil {
		return nil, err
	}
	x.right = right
	c := b.withChild(i, left)
	c.entries = append(c.entries[:i:i], append([]entry{x}, c.entries[i:]...)...)
	return fresh(c), nil
}

// split divides a subtree at a key that it does not hold.
func (e editor) split(n *node, key string, in bounds) (left, right *node, err error) {
	if n == nil {
		return nil, nil, nil
	}
	b, err := n.load(e.ctx, e.src, in)
	if err != nil {
		return nil, nil, err
	}
	i, _ := b.search(key)
	l, r, err := e.split(b.child(i), key, b.between(i, in))
	if err != nil {
		return nil, nil, err
	}
	low := (&body{layer: b.layer, left: b.left, entries: b.entries[:i:i]}).withChild(i, l)
	high := &body{layer: b.layer, left: r, entries: b.entries[i:]}
	return fresh(low), fresh(high), nil
}

// remove takes a key out of a subtree.
func (e editor) remove(n *node, key string, layer int, in bounds) (*node, error) {
	missing := content.Errorf("mst.remove", content.NotFound, "no record "+key)
	if n == nil {
		return nil, missing
	}
	b, err := n.load(e.ctx, e.src, in)
	if err != nil {
		return nil, err
	}
	i, found := b.search(key)
	if !found && b.layer <= layer {
		return nil, missing
	}
	if !found {
		child, err := e.remove(b.child(i), key, layer, b.between(i, in))
		if err != nil {
			return nil, err
		}
		return fresh(b.withChild(i, child)), nil
	}
	joined, err := e.join(b.child(i), b.between(i, in), b.child(i+1), b.between(i+1, in))
	if err != nil {
		return nil, err
	}
	c := b.withChild(i, joined)
	c.entries = append(c.entries[:i:i], c.entries[i+1:]...)
	return fresh(c), nil
}

// join makes one subtree of two neighbours of one layer.
func (e editor) join(left *node, inLeft bounds, right *node, inRight bounds) (*node, error) {
	if left == nil || right == nil {
		if left == nil {
			return right, nil
		}
		return left, nil
	}
	l, err := left.load(e.ctx, e.src, inLeft)
	if err != nil {
		return nil, err
	}
	r, err := right.load(e.ctx, e.src, inRight)
	if err != nil {
		return nil, err
	}
	last := len(l.entries)
	middle, err := e.join(l.child(last), l.between(last, inLeft), r.left, r.between(0, inRight))
	if err != nil {
		return nil, err
	}
	c := l.withChild(last, middle)
	c.entries = append(c.entries, r.entries...)
	return fresh(c), nil
}

// trim takes nodes without keys off the top.
func (e editor) trim(root *node) (*node, error) {
	for root != nil {
		b, err := root.load(e.ctx, e.src, everything)
		if err != nil || len(b.entries) > 0 {
			return root, err
		}
		root = b.left
	}
	return nil, nil
}

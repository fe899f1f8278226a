package mst

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// Whole lists what is here of a sealed tree: the nodes that the source has with all
// that is below them, children before their parents, and the values that has says
// are here, in the order of their keys. What the source lacks is not looked below.
func (t *Tree) Whole(ctx context.Context, has func(cid.Cid) (bool, error)) (nodes, values []cid.Cid, err error) {
	w := wholeness{src: t.src, has: has}
	if t.root != nil {
		_, err = w.look(ctx, t.root, everything)
	}
	if err != nil {
		return nil, nil, content.E("mst.Whole", content.Other, err)
	}
	return w.nodes, w.values, nil
}

type wholeness struct {
	src           Source
	has           func(cid.Cid) (bool, error)
	nodes, values []cid.Cid
}

// look reports whether all of a subtree is here.
func (w *wholeness) look(ctx context.Context, n *node, in bounds) (bool, error) {
	b, err := w.read(ctx, n, in)
	if b == nil || err != nil {
		return false, err
	}
	all := true
	for i := range len(b.entries) + 1 {
		if c := b.child(i); c != nil {
			ok, err := w.look(ctx, c, b.between(i, in))
			if err != nil {
				return false, err
			}
			all = all && ok
		}
		if i == len(b.entries) {
			break
		}
		here, err := w.has(b.entries[i].value)
		if err != nil {
			return false, err
		}
		if here {
			w.values = append(w.values, b.entries[i].value)
		}
		all = all && here
	}
	if all {
		w.nodes = append(w.nodes, n.cid)
	}
	return all, nil
}

// read returns a node's body, and nil if it is not here.
func (w *wholeness) read(ctx context.Context, n *node, in bounds) (*body, error) {
	if b := n.body.Load(); b != nil {
		return b, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, err := w.src.Get(ctx, n.cid)
	switch content.KindOf(err) {
	case content.NotFound, content.Corrupt:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return n.parse(data, in)
}

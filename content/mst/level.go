package mst

import (
	"context"
	"fmt"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// BatchSource is a [Source] that gives many blocks in one go, in the order asked
// for. [Diff] uses it to read a layer at once, so that a source across a network
// is asked about once a layer and not once a node.
type BatchSource interface {
	Source
	GetMany(ctx context.Context, cs []cid.Cid) ([][]byte, error)
}

// maxBatch is how many nodes are asked for at once: 16 MiB of them at most.
const maxBatch = 256

// place is a subtree and the bounds of its place.
type place struct {
	node *node
	in   bounds
}

// readLayers loads what differs between two trees, a layer at a time. Equal
// subtrees stand in equal layers, so what both have is left out.
func readLayers(ctx context.Context, before, after *Tree) error {
	old, next := roots(before), roots(after)
	for len(next) > 0 {
		if old, next = distinct(old, next); len(next) == 0 {
			return nil
		}
		if err := readPlaces(ctx, after.src, next); err != nil {
			return err
		}
		top := next[0].node.body.Load().layer // that of all of them
		children, err := below(ctx, before.src, old, top)
		if err != nil {
			return err
		}
		old = children
		if next, err = below(ctx, after.src, next, top); err != nil {
			return err
		}
	}
	return nil
}

func roots(t *Tree) []place {
	if t.root == nil {
		return nil
	}
	return []place{{t.root, everything}}
}

// distinct leaves out the subtrees that both have.
func distinct(a, b []place) (_, _ []place) {
	return lacking(a, b), lacking(b, a)
}

func lacking(a, b []place) []place {
	in := make(map[cid.Cid]bool, len(b))
	for _, p := range b {
		in[p.node.cid] = true
	}
	var out []place
	for _, p := range a {
		if !in[p.node.cid] {
			out = append(out, p)
		}
	}
	return out
}

// readPlaces loads nodes, in batches where the source can.
func readPlaces(ctx context.Context, src Source, ps []place) error {
	batch, ok := src.(BatchSource)
	var missing []place
	for _, p := range ps {
		if p.node.body.Load() == nil {
			missing = append(missing, p)
		}
	}
	for ok && len(missing) > 0 {
		n := min(len(missing), maxBatch)
		if err := readBatch(ctx, batch, missing[:n]); err != nil {
			return err
		}
		missing = missing[n:]
	}
	for _, p := range missing {
		if _, err := p.node.load(ctx, src, p.in); err != nil {
			return err
		}
	}
	return nil
}

func readBatch(ctx context.Context, src BatchSource, ps []place) error {
	cs := make([]cid.Cid, len(ps))
	for i, p := range ps {
		cs[i] = p.node.cid
	}
	blocks, err := src.GetMany(ctx, cs)
	if err != nil {
		return missing(err)
	}
	if len(blocks) != len(cs) {
		return content.Errorf("mst.readBatch", content.Unavailable, fmt.Sprintf("%d blocks for %d", len(blocks), len(cs)))
	}
	for i, p := range ps {
		if _, err := p.node.fill(blocks[i], p.in); err != nil {
			return err
		}
	}
	return nil
}

// below returns what stands in the layer under top: the children of the nodes of
// that layer. Nodes that are lower already stay; those that are higher are gone
// down from.
func below(ctx context.Context, src Source, ps []place, top int) ([]place, error) {
	var out []place
	for len(ps) > 0 {
		p := ps[0]
		ps = ps[1:]
		if l := p.node.layer; l != rootLayer && l < top {
			out = append(out, p)
			continue
		}
		b, err := p.node.load(ctx, src, p.in)
		if err != nil {
			return nil, err
		}
		if b.layer < top {
			out = append(out, p)
			continue
		}
		for i := range len(b.entries) + 1 {
			if c := b.child(i); c != nil {
				ps = append(ps, place{c, b.between(i, p.in)})
			}
		}
	}
	return out, nil
}

package mst

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// Change is one key whose value differs between two trees; an undefined CID
// stands for "not there".
type Change struct {
	Key      string
	Old, New cid.Cid
}

// Difference is what leads from one tree to another: the keys that changed, in
// order, and the nodes that only one of the two has.
type Difference struct {
	Changes        []Change
	Added, Dropped []cid.Cid
}

// Diff compares two sealed trees. Subtrees that both have are not looked into. If
// after is read from a [BatchSource], it is asked once a layer. What differs is
// kept in memory; how large a repository may be is the caller's to say.
func Diff(ctx context.Context, before, after *Tree) (*Difference, error) {
	if _, ok := after.src.(BatchSource); ok {
		if err := readLayers(ctx, before, after); err != nil {
			return nil, content.E("mst.Diff", content.Other, err)
		}
	}
	d := differ{
		ctx: ctx, old: cursor{src: before.src}, new: cursor{src: after.src},
	}
	d.old.push(before.root, everything)
	d.new.push(after.root, everything)
	if err := d.run(); err != nil {
		return nil, content.E("mst.Diff", content.Other, err)
	}
	d.out.Added, d.out.Dropped = without(d.new.seen, d.old.seen), without(d.old.seen, d.new.seen)
	return &d.out, nil
}

// item is what a cursor stands before: a subtree, or a single entry.
type item struct {
	sub   *node
	in    bounds
	entry entry
}

// cursor goes through a tree in order; its stack holds what is still to come,
// the next item last.
type cursor struct {
	src   Source
	stack []item
	seen  []cid.Cid // the nodes it looked into
}

func (c *cursor) push(n *node, in bounds) {
	if n != nil {
		c.stack = append(c.stack, item{sub: n, in: in})
	}
}

func (c *cursor) next() *item {
	if len(c.stack) == 0 {
		return nil
	}
	return &c.stack[len(c.stack)-1]
}

func (c *cursor) pop() { c.stack = c.stack[:len(c.stack)-1] }

// open replaces the subtree the cursor stands before by what is in it.
func (c *cursor) open(ctx context.Context) error {
	it := *c.next()
	b, err := it.sub.load(ctx, c.src, it.in)
	if err != nil {
		return err
	}
	c.seen = append(c.seen, it.sub.cid)
	c.enter(b)
	return nil
}

// enter puts what is in the node the cursor stands before in its place.
func (c *cursor) enter(b *body) {
	in := c.next().in
	c.pop()
	for i := len(b.entries); ; i-- {
		c.push(b.child(i), b.between(i, in))
		if i == 0 {
			return
		}
		c.stack = append(c.stack, item{entry: b.entries[i-1]})
	}
}

type differ struct {
	ctx      context.Context
	old, new cursor
	out      Difference
}

func (d *differ) run() error {
	for {
		a, b := d.old.next(), d.new.next()
		var err error
		switch {
		case a == nil && b == nil:
			return nil
		case a != nil && b != nil && a.sub != nil && b.sub != nil && a.sub.cid.Equals(b.sub.cid):
			d.old.pop()
			d.new.pop()
		case a != nil && a.sub != nil && (b == nil || b.sub == nil || layerOf(a) >= layerOf(b)):
			err = d.old.open(d.ctx)
		case b != nil && b.sub != nil:
			err = d.new.open(d.ctx)
		default:
			d.compare(a, b)
		}
		if err != nil {
			return err
		}
	}
}

// layerOf is a subtree's layer; of a root that is not loaded, above all others.
func layerOf(it *item) int {
	if b := it.sub.body.Load(); b != nil {
		return b.layer
	}
	if it.sub.layer == rootLayer {
		return MaxLayer + 1
	}
	return it.sub.layer
}

// compare takes the lower of two entries, or both if they have one key.
func (d *differ) compare(a, b *item) {
	switch {
	case b == nil || a != nil && a.entry.key < b.entry.key:
		d.out.Changes = append(d.out.Changes, Change{Key: a.entry.key, Old: a.entry.value})
		d.old.pop()
	case a == nil || b.entry.key < a.entry.key:
		d.out.Changes = append(d.out.Changes, Change{Key: b.entry.key, New: b.entry.value})
		d.new.pop()
	default:
		if !a.entry.value.Equals(b.entry.value) {
			d.out.Changes = append(d.out.Changes, Change{a.entry.key, a.entry.value, b.entry.value})
		}
		d.old.pop()
		d.new.pop()
	}
}

// without returns what of xs is not in ys.
func without(xs, ys []cid.Cid) []cid.Cid {
	in := make(map[cid.Cid]bool, len(ys))
	for _, y := range ys {
		in[y] = true
	}
	var out []cid.Cid
	for _, x := range xs {
		if !in[x] {
			out = append(out, x)
		}
	}
	return out
}

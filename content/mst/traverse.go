package mst

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// Traversal goes through a tree in one fixed order, node by node and entry by
// entry, and leaves the reading to its caller: a node comes before what is in it,
// subtrees and entries in the order of their keys. Who sends a tree and who
// receives it go the same way, so that the one can leave out what the other has,
// and the other knows at every moment what may come.
//
// Its memory is that of the nodes on the way to where it stands.
type Traversal struct{ at cursor }

// Traverse begins before a tree's root. It uses the tree's source only for
// [Traversal.Load].
func Traverse(t *Tree) *Traversal {
	tr := &Traversal{at: cursor{src: t.src}}
	tr.at.push(t.root, everything)
	return tr
}

// Stop is where a traversal stands: before a node of the tree, or before an entry,
// which is then of Key.
type Stop struct {
	CID cid.Cid
	Key string // empty for a node
}

// Node reports whether the stop is a node of the tree.
func (s Stop) Node() bool { return s.Key == "" }

// Stop returns what comes next; false at the end.
func (tr *Traversal) Stop() (Stop, bool) {
	it := tr.at.next()
	switch {
	case it == nil:
		return Stop{}, false
	case it.sub != nil:
		return Stop{CID: it.sub.cid}, true
	}
	return Stop{it.entry.value, it.entry.key}, true
}

// Skip passes over the entry, or over the node and all that is below it.
func (tr *Traversal) Skip() { tr.at.pop() }

// Enter goes on into the node it stands before, whose bytes these are. The caller
// has checked them against its CID. What is no node of a tree in this place is an
// error of kind Invalid.
func (tr *Traversal) Enter(data []byte) error {
	it := *tr.at.next()
	if it.sub == nil {
		return content.Errorf("mst.Enter", content.Invalid, "an entry is not gone into")
	}
	b, err := it.sub.parse(data, it.in)
	if err != nil {
		return content.E("mst.Enter", content.Other, err)
	}
	tr.at.enter(b)
	return nil
}

// Load goes on into the node it stands before, read from the tree's source. Kind
// Unavailable if the source lacks it.
func (tr *Traversal) Load(ctx context.Context) error {
	const op = "mst.Load"
	it := *tr.at.next()
	if it.sub == nil {
		return content.Errorf(op, content.Invalid, "an entry is not gone into")
	}
	if b := it.sub.body.Load(); b != nil {
		tr.at.enter(b)
		return nil
	}
	data, err := tr.at.src.Get(ctx, it.sub.cid)
	if err != nil {
		return content.E(op, content.Other, missing(err))
	}
	return tr.Enter(data)
}

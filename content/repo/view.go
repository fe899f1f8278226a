package repo

import (
	"context"
	"iter"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/mst"
)

// View is read access to one state of a repository. It loads tree nodes as they
// are needed and keeps them. It is safe for concurrent use.
type View struct {
	head content.Head
	src  Source
	tree *mst.Tree
}

// NewView returns the view of a head; of the zero Head, one without records. It
// reads nothing, and does not verify the head: see [VerifyHead].
func NewView(src Source, head content.Head) *View {
	v := &View{head: head, src: src, tree: mst.Empty(src)}
	if started(head) {
		v.tree = mst.Load(src, head.Commit.Data.Cid)
	}
	return v
}

// Head returns the head the view is of.
func (v *View) Head() content.Head { return v.head }

// CID returns the CID of a path's record; kind NotFound if there is none.
func (v *View) CID(ctx context.Context, p content.Path) (cid.Cid, error) {
	return v.tree.Get(ctx, string(p))
}

// Get returns a path's record; kind NotFound if there is none, kind Unavailable
// if there is one whose block the source lacks.
func (v *View) Get(ctx context.Context, p content.Path) (content.Block, error) {
	c, err := v.CID(ctx, p)
	if err != nil {
		return content.Block{}, content.E("repo.Get", content.Other, err)
	}
	data, err := v.src.Get(ctx, c)
	if content.KindOf(err) == content.NotFound {
		return content.Block{}, content.E("repo.Get", content.Unavailable, err)
	}
	if err != nil {
		return content.Block{}, content.E("repo.Get", content.Other, err)
	}
	return content.Block{CID: c, Data: data}, nil
}

// Entry is a record's place and name.
type Entry struct {
	Path content.Path
	CID  cid.Cid
}

// List goes through the records of a collection in the order of their record
// keys, from the one that follows the key "after" in that direction, or from
// the first if that is empty. With [mst.Backward] and TIDs for keys the newest
// comes first. It reads tree nodes only, no more of them than it comes by. An
// error ends the sequence.
func (v *View) List(ctx context.Context, c content.Collection, d mst.Direction, after string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		err := v.tree.Walk(ctx, listSpan(c, d, after), d, func(key string, value cid.Cid) bool {
			return yield(Entry{content.Path(key), value}, nil)
		})
		if err != nil {
			yield(Entry{}, content.E("repo.List", content.Other, err))
		}
	}
}

func listSpan(c content.Collection, d mst.Direction, after string) mst.Span {
	span := mst.PrefixSpan(string(c) + "/")
	switch {
	case after == "":
	case d == mst.Backward:
		span.High = string(content.NewPath(c, after))
	default:
		span.Low = string(content.NewPath(c, after)) + "\x00" // the least key above it
	}
	return span
}

// Whole lists what is here of the tree, see [mst.Tree.Whole].
func (v *View) Whole(ctx context.Context, has func(cid.Cid) (bool, error)) (nodes, records []cid.Cid, err error) {
	return v.tree.Whole(ctx, has)
}

// Prove returns the tree nodes that prove, together with the head, which record
// a path has, or that it has none.
func (v *View) Prove(ctx context.Context, p content.Path) ([]content.Block, error) {
	return v.tree.Prove(ctx, string(p))
}

// VerifyRecord returns the CID of the record that a proof shows at a path, or
// cid.Undef if it shows that there is none. The caller has verified the head.
// Kind Invalid if the proof shows neither.
func VerifyRecord(head content.Head, p content.Path, proof []content.Block) (cid.Cid, error) {
	const op = "repo.VerifyRecord"
	if err := p.Validate(); err != nil {
		return cid.Undef, content.E(op, content.Invalid, err)
	}
	c, err := mst.VerifyProof(head.Commit.Data.Cid, string(p), proof)
	if err != nil {
		return cid.Undef, content.E(op, content.Other, err)
	}
	return c, nil
}

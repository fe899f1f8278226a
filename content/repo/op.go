package repo

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/mst"
)

// MaxOps is how many ops one commit has at most.
const MaxOps = 1 << 12

// Expect says what an op requires to be at its path. The zero Expect is
// [Anything] for a put and [Present] for a delete.
type Expect struct {
	state expectState
	cid   cid.Cid
}

type expectState uint8

const (
	anything expectState = iota
	absent
	present
	exactly
)

// Anything lets a put replace whatever is there.
func Anything() Expect { return Expect{} }

// Absent requires that there is no record; kind Exists if there is.
func Absent() Expect { return Expect{state: absent} }

// Present requires that there is a record; kind NotFound if there is none.
func Present() Expect { return Expect{state: present} }

// Exactly requires that the record is c: kind NotFound if there is none, kind
// Conflict if it is another.
func Exactly(c cid.Cid) Expect { return Expect{exactly, c} }

// Op puts or deletes one record. [Put] and [Delete] make it.
type Op struct {
	Path   content.Path
	Record *content.Block // nil deletes
	Expect Expect
}

// Put is the op that sets a path's record: DAG-CBOR of at most
// [content.MaxNodeSize] bytes.
func Put(p content.Path, record content.Block, e Expect) Op { return Op{p, &record, e} }

// Delete is the op that takes a path's record away.
func Delete(p content.Path, e Expect) Op { return Op{Path: p, Expect: e} }

func (o Op) validate() error {
	if err := o.Path.Validate(); err != nil {
		return err
	}
	if o.Record == nil {
		return nil
	}
	if _, err := content.CheckBlock(o.Record.CID, o.Record.Data); err != nil {
		return err
	}
	if content.Codec(o.Record.CID.Prefix().Codec) != content.DagCBOR {
		return content.Errorf("repo.Op", content.Invalid, "a record is DAG-CBOR")
	}
	return nil
}

// apply returns the tree after the op.
func (o Op) apply(ctx context.Context, tree *mst.Tree) (*mst.Tree, error) {
	if err := o.expect(ctx, tree); err != nil {
		return nil, err
	}
	if o.Record == nil {
		return tree.Delete(ctx, string(o.Path))
	}
	return tree.Put(ctx, string(o.Path), o.Record.CID)
}

func (o Op) expect(ctx context.Context, tree *mst.Tree) error {
	const op = "repo.Op"
	if o.Expect.state == anything {
		return nil // a delete finds out by itself
	}
	have, err := tree.Get(ctx, string(o.Path))
	missing := content.KindOf(err) == content.NotFound
	switch {
	case o.Expect.state == absent && missing:
		return nil
	case err != nil:
		return err
	case o.Expect.state == absent:
		return content.Errorf(op, content.Exists, "there is a record already: "+string(o.Path))
	case o.Expect.state == exactly && !have.Equals(o.Expect.cid):
		return content.Errorf(op, content.Conflict, "the record has changed meanwhile: "+string(o.Path))
	}
	return nil
}

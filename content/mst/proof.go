package mst

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// MaxProof is how many blocks a proof has at most: one a layer.
const MaxProof = MaxLayer + 1

// Prove returns the nodes on the way to a key, from the root down: whoever knows
// the root can tell from them what value the key has, or that it has none. The
// tree is sealed.
func (t *Tree) Prove(ctx context.Context, key string) ([]content.Block, error) {
	const op = "mst.Prove"
	if t.root == nil {
		_, blocks, err := Empty(nil).Seal()
		return blocks, err
	}
	recorder := &recorder{src: t.src}
	_, err := Load(recorder, t.root.cid).Get(ctx, key)
	if err != nil && content.KindOf(err) != content.NotFound || recorder.err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return recorder.blocks, nil
}

// recorder notes which blocks are read.
type recorder struct {
	src    Source
	blocks []content.Block
	err    error
}

func (r *recorder) Get(ctx context.Context, c cid.Cid) ([]byte, error) {
	b, err := r.src.Get(ctx, c)
	if err != nil {
		r.err = err
		return nil, err
	}
	r.blocks = append(r.blocks, content.Block{CID: c, Data: b})
	return b, nil
}

// proof is a source of the blocks of a proof.
type proof map[cid.Cid][]byte

func (p proof) Get(_ context.Context, c cid.Cid) ([]byte, error) {
	b, ok := p[c]
	if !ok {
		return nil, content.Errorf("mst.VerifyProof", content.Invalid, "the proof lacks a node")
	}
	return b, nil
}

// VerifyProof returns what a proof says of a key under a root: its value, or
// cid.Undef if it proves that there is none. A proof that says neither is an
// error of kind Invalid.
func VerifyProof(root cid.Cid, key string, blocks []content.Block) (cid.Cid, error) {
	const op = "mst.VerifyProof"
	if len(blocks) > MaxProof {
		return cid.Undef, content.Errorf(op, content.TooLarge, "a proof of too many blocks")
	}
	src := make(proof, len(blocks))
	for _, b := range blocks {
		if _, err := content.CheckBlock(b.CID, b.Data); err != nil {
			return cid.Undef, content.E(op, content.Invalid, err)
		}
		src[b.CID] = b.Data
	}
	value, err := Load(src, root).Get(context.Background(), key)
	switch content.KindOf(err) {
	case content.NotFound:
		return cid.Undef, nil
	case content.Other:
		if err == nil {
			return value, nil
		}
	}
	return cid.Undef, content.E(op, content.Invalid, err)
}

package store

import (
	"context"
	"crypto/sha256"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// Get returns the bytes of a block, which the caller may keep and change. Kind
// NotFound if it is not held, and Corrupt, with the CID, if what is stored is
// not what the CID names: [Store.Delete] it and fetch it again.
//
// Get computes the SHA-256 of what it returns. What [Store.Published] hands to
// peers is covered by badger's CRC-32C alone, which costs a tenth: whoever
// fetches a block computes the SHA-256 anyway.
func (s *Store) Get(ctx context.Context, c cid.Cid) ([]byte, error) {
	const op = "store.Get"
	if err := ctx.Err(); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	s.touch()
	return s.load(op, c, verified)
}

// GetMany returns the bytes of several blocks, in the order asked for. The first
// that can't be had is the error.
func (s *Store) GetMany(ctx context.Context, cs []cid.Cid) ([][]byte, error) {
	list := make([][]byte, len(cs))
	for i, c := range cs {
		var err error
		if list[i], err = s.Get(ctx, c); err != nil {
			return nil, content.E("store.GetMany", content.Other, err)
		}
	}
	return list, nil
}

// check is a condition on the bytes of a block.
type check func(d digest, data []byte) bool

func verified(d digest, data []byte) bool { return sha256.Sum256(data) == d }

// checksummed leaves it at the checksum that badger has verified.
func checksummed(digest, []byte) bool { return true }

func (s *Store) load(op string, c cid.Cid, ok check) ([]byte, error) {
	d, err := digestOf(c)
	if err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	data, err := s.blocks.append([]byte{}, d) // never nil, also for the empty block
	switch err = fail(op, err); {
	case content.KindOf(err) == content.NotFound:
		return nil, content.Errorf(op, content.NotFound, "block is not held: "+c.String())
	case content.KindOf(err) == content.Corrupt, err == nil && !ok(d, data):
		return nil, content.Errorf(op, content.Corrupt, "block is damaged on disk: "+c.String())
	case err != nil:
		return nil, err
	}
	return data, nil
}

// Put stores blocks after checking each against its CID and the limits. They
// are visible at once, durable after the next [Store.Publish] or [Store.Sync],
// and safe from collection for ten minutes: pin or hold them by then. Kind Quota
// if there is no room.
func (s *Store) Put(ctx context.Context, list ...content.Block) error {
	const op = "store.Put"
	for _, b := range list {
		if _, err := content.CheckBlock(b.CID, b.Data); err != nil {
			return content.E(op, content.Other, err)
		}
	}
	return s.PutVerified(ctx, list...)
}

// PutVerified is [Store.Put] for a caller who has computed each CID from the bytes
// and checked the limits already, as package exchange has: a SHA-256 costs as much
// as writing.
func (s *Store) PutVerified(ctx context.Context, list ...content.Block) error {
	const op = "store.Put"
	size := blocksSize(list)
	s.makeRoom(ctx, size, filling)
	if err := s.room.take(size, filling); err != nil {
		return content.E(op, content.Other, err)
	}
	return fail(op, s.write(ctx, list))
}

// write stores blocks that have been checked and for which there is room.
func (s *Store) write(ctx context.Context, list []content.Block) error {
	if len(list) == 0 {
		return nil
	}
	s.touch()
	s.dirty.Store(true)
	defer s.wrote(list)
	now := s.now()
	if err := s.blocks.age(now); err != nil {
		return err
	}
	old := s.blocks.oldest(now)
	// An unneeded block that could be collected any moment is written anew, so
	// that its time to be pinned begins now.
	return s.blocks.write(ctx, list, func(d digest, version uint64) (bool, error) {
		if version > old {
			return true, nil
		}
		return s.pinned(d)
	})
}

// blocksSize is what blocks take on disk: badger adds a header, the key twice
// and a pointer.
func blocksSize(list []content.Block) int64 {
	const overhead = 160
	n := int64(0)
	for _, b := range list {
		n += int64(len(b.Data)) + overhead
	}
	return n
}

// Sync makes all blocks that were put durable.
func (s *Store) Sync(ctx context.Context) error {
	const op = "store.Sync"
	if err := ctx.Err(); err != nil {
		return content.E(op, content.Other, err)
	}
	return fail(op, s.blocks.sync())
}

// Has reports whether a block is held. It does not look at its bytes.
func (s *Store) Has(ctx context.Context, c cid.Cid) (bool, error) {
	const op = "store.Has"
	if err := ctx.Err(); err != nil {
		return false, content.E(op, content.Other, err)
	}
	d, err := digestOf(c)
	if err != nil {
		return false, content.E(op, content.Invalid, err)
	}
	ok, err := s.blocks.has(d)
	return ok, fail(op, err)
}

// Delete drops a block whoever needs it, such as a damaged one, so that it can be
// fetched again. Its pins stay. Deleting what is not held is no error.
func (s *Store) Delete(ctx context.Context, c cid.Cid) error {
	const op = "store.Delete"
	if err := ctx.Err(); err != nil {
		return content.E(op, content.Other, err)
	}
	d, err := digestOf(c)
	if err != nil {
		return content.E(op, content.Invalid, err)
	}
	s.dirty.Store(true)
	_, _, err = s.blocks.remove([]digest{d}, func(digest, uint64) (bool, error) { return true, nil })
	return fail(op, err)
}

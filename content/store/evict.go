package store

import (
	"context"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"rossgram.app/content"
)

// Relief makes room for n more bytes of blocks, as far as it can, by evicting what
// can be had again. It is called before a write that would find none, possibly by
// several writers at once, with no lock held; it must not put blocks or publish.
type Relief func(ctx context.Context, n int64)

// SetRelief says who makes room. Without, writes are refused when there is none.
func (s *Store) SetRelief(f Relief) { s.relief.Store(&f) }

// makeRoom has room made for n bytes, if there is too little. What comes of it is
// seen when they are claimed.
func (s *Store) makeRoom(ctx context.Context, n int64, why purpose) {
	if f := s.relief.Load(); f != nil && !s.room.fits(n, why) {
		(*f)(ctx, n)
	}
}

// Left returns how many more bytes of blocks find room within MaxDisk and the
// reserve, newly measured. It is negative where too many are there, as after
// MaxDisk was lowered.
func (s *Store) Left(ctx context.Context) (int64, error) {
	const op = "store.Left"
	if err := ctx.Err(); err != nil {
		return 0, content.E(op, content.Other, err)
	}
	n, err := s.room.left()
	return n, fail(op, err)
}

// Evict deletes the bytes of blocks that an account pins. The pins stay, so that
// the blocks may be fetched again; they are in [Store.Missing] meanwhile. A block
// that is pinned otherwise too is deleted only if spare says false of each of the
// other pins, and one under a hold never. It returns how many blocks were deleted
// and their bytes, to within a few bytes each; see [Store.Reclaim] for when the disk
// has them back.
func (s *Store) Evict(ctx context.Context, account content.AccountID, pins []Pin, spare func(PinnedBy) bool) (n int, size int64, err error) {
	const op = "store.Evict"
	e := eviction{Store: s, keys: make(map[digest]pinKey, len(pins)), spare: spare}
	list := make([]digest, 0, len(pins))
	for _, p := range pins {
		k, err := p.key(account)
		if err != nil {
			return 0, 0, content.E(op, content.Invalid, err)
		}
		if _, twice := e.keys[k.digest]; !twice {
			list = append(list, k.digest)
		}
		e.keys[k.digest] = k
	}
	if err := e.findOthers(ctx); err != nil {
		return 0, 0, fail(op, err)
	}
	for chunk := range slices.Chunk(list, removeChunk) {
		if err := ctx.Err(); err != nil {
			return n, size, content.E(op, content.Other, err)
		}
		blocks, bytes, err := e.some(chunk)
		if n, size = n+blocks, size+bytes; err != nil {
			return n, size, fail(op, err)
		}
	}
	return n, size, nil
}

// eviction is one call of Evict.
type eviction struct {
	*Store
	keys   map[digest]pinKey // what is to go, by one pin of it
	shared map[digest]uint64 // how many pins may be disregarded, of blocks that have several
	spare  func(PinnedBy) bool
}

// findOthers looks through all pins if any of the blocks has several.
func (e *eviction) findOthers(ctx context.Context) error {
	e.shared = make(map[digest]uint64)
	for d := range e.keys {
		n, err := e.pinCount(d)
		if err != nil {
			return err
		}
		if n > 1 {
			e.shared[d] = 0
		}
	}
	if len(e.shared) == 0 {
		return nil
	}
	return e.state.scan(ctx, []byte{tagPin}, keysOnly, func(item *badger.Item) (bool, error) {
		k, ok := parsePin(item.Key())
		if !ok {
			return true, nil
		}
		if n, is := e.shared[k.digest]; is && (k == e.keys[k.digest] || !e.spare(PinnedBy{k.account, k.referrer})) {
			e.shared[k.digest] = n + 1
		}
		return true, nil
	})
}

func (e *eviction) some(list []digest) (n int, size int64, err error) {
	e.state.writing.Lock()
	defer e.state.writing.Unlock()
	e.dirty.Store(true)
	return e.blocks.remove(list, e.may)
}

// may looks once more, now that nobody pins anything, whether a block may go: what
// it was is not what it must be still.
func (e *eviction) may(d digest, _ uint64) (bool, error) {
	if e.holds.has(d) {
		return false, nil
	}
	pinned, err := e.state.has(e.keys[d].bytes())
	if err != nil || !pinned {
		return false, err
	}
	n, err := e.pinCount(d)
	return n == 1 || n == e.shared[d], err
}

func (s *Store) pinCount(d digest) (n uint64, err error) {
	err = s.state.View(func(txn *badger.Txn) error {
		n, _, err = (&pinSet{txn: txn}).count(d)
		return err
	})
	return n, err
}

// tightRatio is which part of a log file must be garbage for it to be rewritten
// when room is needed now.
const tightRatio = 0.2

// Reclaim gives what was deleted back to the disk at once, also where that means
// copying four times as much as it frees.
func (s *Store) Reclaim(ctx context.Context) error {
	s.upkeep.Lock()
	defer s.upkeep.Unlock()
	defer s.room.forget()
	return fail("store.Reclaim", s.reclaim(ctx, tightRatio, new(Report)))
}

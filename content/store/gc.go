package store

import (
	"context"
	"slices"

	"github.com/dgraph-io/badger/v4"
)

// Report is what a collection did.
type Report struct {
	Blocks     int   // blocks deleted
	Bytes      int64 // their bytes, to within a few bytes each
	LogFiles   int   // value log files rewritten and removed
	DiskBefore int64 // bytes of the home on disk
	DiskAfter  int64
}

// GC deletes the blocks that no pin and no hold needs, and gives the room back
// to the disk. Blocks written within the last ten minutes, or since the store
// was opened if that is later, stay. Reading and writing go on meanwhile.
func (s *Store) GC(ctx context.Context) (Report, error) {
	const op = "store.GC"
	s.upkeep.Lock()
	defer s.upkeep.Unlock()
	var r Report
	before, err := s.Usage(ctx)
	if err != nil {
		return r, fail(op, err)
	}
	s.dirty.Store(false)
	err = s.collect(ctx, &r)
	if err != nil {
		s.dirty.Store(true)
	}
	s.room.forget()
	after, usageErr := s.Usage(ctx)
	if err == nil {
		err = usageErr
	}
	r.DiskBefore, r.DiskAfter = before.total(), after.total()
	return r, fail(op, err)
}

func (u Usage) total() int64 { return u.Blocks + u.State + u.Index }

func (s *Store) collect(ctx context.Context, r *Report) error {
	now := s.now()
	if err := s.releaseExpired(now); err != nil {
		return err
	}
	if err := s.blocks.age(now); err != nil {
		return err
	}
	if err := s.sweep(ctx, s.blocks.oldest(now), r); err != nil {
		return err
	}
	if err := s.removeStrays(); err != nil {
		return err
	}
	return s.reclaim(ctx, discardRatio, r)
}

// removeStrays removes what a crash has left of large blocks, once: there is no more
// while the store is open.
func (s *Store) removeStrays() error {
	if s.straysGone {
		return nil
	}
	err := s.blocks.removeStrays()
	s.straysGone = err == nil
	return err
}

// sweep deletes unneeded blocks of versions up to old.
func (s *Store) sweep(ctx context.Context, old uint64, r *Report) error {
	candidates, err := s.candidates(ctx, old)
	if err != nil {
		return err
	}
	for list := range slices.Chunk(candidates, removeChunk) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.sweepSome(list, old, r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) sweepSome(list []digest, old uint64, r *Report) error {
	s.state.writing.Lock()
	defer s.state.writing.Unlock()
	n, size, err := s.blocks.remove(list, s.unneeded(old))
	if err == nil {
		r.Blocks += n
		r.Bytes += size
	}
	return err
}

// maxCandidates bounds what one sweep remembers: 32 MiB of digests. What is over
// it is for the next one.
const maxCandidates = 1 << 20

// candidates lists blocks that have no pin. Blocks and counts are both in the
// order of digests, so that they are read side by side.
func (s *Store) candidates(ctx context.Context, old uint64) ([]digest, error) {
	var list []digest
	err := s.state.View(func(txn *badger.Txn) error {
		opt := badger.IteratorOptions{Prefix: []byte{tagCount}}
		counts := txn.NewIterator(opt)
		defer counts.Close()
		counts.Rewind()
		return s.blocks.scan(ctx, nil, keysOnly, func(item *badger.Item) (bool, error) {
			if len(item.Key()) != len(digest{}) || item.Version() > old {
				return true, nil
			}
			d := digest(item.Key())
			if !advance(counts, d) {
				list = append(list, d)
			}
			return len(list) < maxCandidates, nil
		})
	})
	return list, err
}

// advance moves to the count of d and reports whether there is one.
func advance(counts *badger.Iterator, d digest) bool {
	for ; counts.Valid(); counts.Next() {
		switch slices.Compare(counts.Item().Key()[1:], d[:]) {
		case 0:
			return true
		case 1:
			return false
		}
	}
	return false
}

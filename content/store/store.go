// Package store keeps what a node must not lose: the blocks of repositories and
// photos, the heads that make them public, and small state of other packages.
//
// A home holds three badger databases: blocks (content-addressed), state
// (heads, pins, holds, and whatever else is precious) and index (disposable), and
// beside them large: blocks of 256 KiB and more, a file each.
// A block is kept while somebody needs it: a pin, which belongs to an account's
// published head, or a hold, which belongs to an upload that is not posted yet.
// Only pinned blocks may be shown to others; see [Store.Published].
//
// It guarantees that what [Store.Publish] acknowledged survives kill -9 and
// power loss, whole: blocks are synced before the one transaction that names
// them. It refuses writes while the disk still has room, because badger writes
// through memory maps, where a full disk is a fatal signal and not an error. It
// reports damage instead of returning damaged bytes.
//
// It does not know what blocks mean: which blocks a head needs is the caller's
// to say. All use of a Store must have ended before [Store.Close].
package store

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"rossgram.app/content"
)

// DefaultReserve is how many bytes of the disk are left free if
// [Options.Reserve] is zero. Badger's own files grow while a write is already
// acknowledged: memory tables become tables (three of each database, 27 MiB
// together) and compaction writes tables anew before it deletes the old (some
// 50 MiB each), which adds up to about 180 MiB.
const DefaultReserve = 256 << 20

// Options are the limits of a [Store]. The zero Options are ready for use.
type Options struct {
	MaxDisk int64        // most bytes of the three databases together; 0 is no limit
	Reserve int64        // bytes of the disk that stay free; 0 is DefaultReserve
	Logger  *slog.Logger // hears badger's warnings and what upkeep did; nil is silent
}

// Store is an open home. It is safe for concurrent use.
type Store struct {
	log    *slog.Logger
	lock   *os.File
	room   *room
	blocks *blockTable
	state  *database
	index  *database

	holds  holdTable // guarded by state's writer lock
	dirty  atomic.Bool
	used   atomic.Int64 // when blocks were last written or read, Unix nanoseconds
	now    func() time.Time
	upkeep sync.Mutex // one collection at a time

	straysGone bool // guarded by upkeep
	sizes      sizeCache
	relief     atomic.Pointer[Relief]

	unflushed unflushed

	background context.Context // ends with Close
	cancel     context.CancelFunc
	owned      sync.WaitGroup
}

// Open opens the home in dir, which it makes with mode 0700 if there is none.
// Errors are of kind Conflict if another process has the home open or a newer
// rossgram has written it.
func Open(ctx context.Context, dir string, opts Options) (*Store, error) {
	const op = "store.Open"
	if err := ctx.Err(); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	lock, err := lockHome(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, err
	}
	s := &Store{log: opts.Logger, lock: lock, now: time.Now}
	s.unflushed.due = make(chan struct{}, 1)
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.open(ctx, dir, opts); err != nil {
		return nil, errors.Join(content.E(op, content.Other, err), s.closeDatabases())
	}
	s.background, s.cancel = context.WithCancel(context.Background())
	s.owned.Go(func() { s.keepUp(s.background) })
	s.owned.Go(func() { s.keepFlushing(s.background) })
	return s, nil
}

func (s *Store) open(ctx context.Context, dir string, opts Options) error {
	const op = "store.Open"
	reserve := opts.Reserve
	if reserve == 0 {
		reserve = DefaultReserve
	}
	s.room = &room{dir: dir, reserve: reserve, maxDisk: opts.MaxDisk, headroom: headroomOf(opts.MaxDisk), now: time.Now}
	if err := s.room.openable(); err != nil {
		return err
	}
	large, err := openLarge(dir)
	if err != nil {
		return fail(op, err)
	}
	s.room.large = large.usage
	if err := s.openDatabases(dir, large); err != nil {
		return err
	}
	if err := s.blocks.age(s.now()); err != nil {
		return fail(op, err)
	}
	if s.holds, err = loadHolds(s.state); err != nil {
		return err
	}
	s.dirty.Store(true) // what the last run left over is found by the first collection
	return s.finishRemovals(ctx)
}

// openDatabases opens the three at once: after a crash each has a log to replay.
func (s *Store) openDatabases(dir string, large *largeFiles) error {
	var opening errgroup.Group
	opening.Go(func() (err error) {
		s.state, err = openDatabase(dir, stateDB, s.room.maxDisk, s.log)
		return err
	})
	opening.Go(func() (err error) {
		s.index, err = openIndex(dir, s.room.maxDisk, s.log)
		return err
	})
	opening.Go(func() error {
		db, err := openDatabase(dir, blocksDB, s.room.maxDisk, s.log)
		if err == nil {
			s.blocks = &blockTable{database: db, large: large}
		}
		return err
	})
	return opening.Wait()
}

// Close ends upkeep, waits for it and closes the databases. What was not synced
// yet is synced.
func (s *Store) Close() error {
	s.cancel()
	s.owned.Wait()
	if err := s.closeDatabases(); err != nil {
		return content.E("store.Close", content.Other, err)
	}
	return nil
}

func (s *Store) closeDatabases() error {
	var errs []error
	if s.blocks != nil {
		errs = append(errs, s.blocks.close())
	}
	for _, db := range []*database{s.index, s.state} {
		if db != nil {
			errs = append(errs, db.close())
		}
	}
	return errors.Join(append(errs, s.lock.Close())...) // closing releases the lock
}

// touch notes that the store is in use, so that upkeep waits.
func (s *Store) touch() { s.used.Store(time.Now().UnixNano()) }

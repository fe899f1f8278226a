package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/dgraph-io/badger/v4"

	"rossgram.app/content"
)

// discardRatio is which part of a value log file must be garbage for it to be
// rewritten.
const discardRatio = 0.5

// reclaim gives deleted bytes back to the disk. Badger rewrites a value log file
// when it knows that enough of it is garbage, which it learns when it compacts
// the keys; in a tree as small as that of blocks, that would be years away. So
// the keys are compacted first.
func (s *Store) reclaim(ctx context.Context, ratio float64, r *Report) error {
	largest, err := largestLog(s.blocks.Opts().ValueDir)
	if err != nil {
		return err
	}
	// A rewrite copies what is not garbage before it removes the rest.
	if s.room.take(int64(float64(largest)*(1-ratio)), shrinking) != nil {
		return errNoRoomToRewrite
	}
	if err := s.blocks.compact(); err != nil {
		return err
	}
	n, err := s.blocks.collectLogs(ctx, ratio, s.blocks.sync)
	r.LogFiles += n
	for _, db := range []*database{s.state, s.index} {
		if err != nil {
			return err
		}
		n, err = db.collectLogs(ctx, discardRatio, db.Sync)
		r.LogFiles += n
	}
	return err
}

var errNoRoomToRewrite = content.Errorf("store.GC", content.Quota,
	"blocks were deleted, but the disk is too full to give their room back: make some first")

func largestLog(dir string) (int64, error) {
	logs, err := filepath.Glob(filepath.Join(dir, "*.vlog"))
	if err != nil {
		return 0, err
	}
	var largest int64
	for _, path := range logs {
		n, err := occupied(path)
		if err != nil {
			return 0, err
		}
		largest = max(largest, n)
	}
	return largest, nil
}

// compact writes the memory table out and merges it with the tables below.
// Badger offers that as a part of dropping a prefix, so a key is dropped that
// was written for it. It is longer than a digest, so that it is no block's.
func (b *blockTable) compact() error {
	b.shared.Lock()
	defer b.shared.Unlock()
	scratch := []byte("!compact, a key longer than a digest")
	if err := b.Update(func(txn *badger.Txn) error { return txn.Set(scratch, nil) }); err != nil {
		return err
	}
	return b.dropPrefix(scratch)
}

// collectLogs rewrites value log files until none has much garbage.
func (d *database) collectLogs(ctx context.Context, ratio float64, sync func() error) (n int, err error) {
	for ctx.Err() == nil {
		err := d.collectLog(ratio, sync)
		if errors.Is(err, badger.ErrNoRewrite) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, ctx.Err()
}

// collectLog rewrites one value log file. Badger removes the old file at once,
// whether or not what it copied is on the disk; it does not while there is an
// iterator, so there is one until the copies are synced.
func (d *database) collectLog(ratio float64, sync func() error) error {
	return d.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{})
		defer it.Close()
		if err := d.RunValueLogGC(ratio); err != nil {
			return err
		}
		return sync()
	})
}

// Upkeep looks every ten minutes, give or take, and collects when the store has
// rested for two minutes and something was written or deleted since the last
// time, but at most once an hour.
const (
	upkeepEvery  = 10 * time.Minute
	restFor      = 2 * time.Minute
	collectEvery = time.Hour
)

// keepUp collects garbage at idle times, until ctx is done.
func (s *Store) keepUp(ctx context.Context) {
	timer := time.NewTimer(jitter(upkeepEvery))
	defer timer.Stop()
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-timer.C:
			if now.Sub(last) >= collectEvery && s.idle(now) && s.dirty.Load() {
				s.collectQuietly(ctx)
				last = now
			}
			timer.Reset(jitter(upkeepEvery))
		}
	}
}

func (s *Store) collectQuietly(ctx context.Context) {
	r, err := s.GC(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		s.log.Warn("collecting garbage failed; it will be tried again", "error", err)
		return
	}
	s.log.Info("collected garbage", "blocks", r.Blocks, "bytes", r.Bytes, "files", r.LogFiles)
}

func (s *Store) idle(now time.Time) bool { return now.Sub(time.Unix(0, s.used.Load())) >= restFor }

// jitter keeps the nodes of one machine from working at the same moment.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }

package store

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"

	"rossgram.app/content"
)

// Usage is what a home takes, in bytes on disk.
type Usage struct {
	Blocks, State, Index int64 // what the files of each database occupy; the large blocks are in Blocks
	Free                 int64 // what is free on the disk
	MaxDisk, Reserve     int64 // the limits in force; MaxDisk 0 is none
}

// Usage measures the home.
func (s *Store) Usage(ctx context.Context) (Usage, error) {
	const op = "store.Usage"
	u := Usage{MaxDisk: s.room.maxDisk, Reserve: s.room.reserve}
	for name, n := range map[databaseName]*int64{blocksDB: &u.Blocks, stateDB: &u.State, indexDB: &u.Index} {
		if err := ctx.Err(); err != nil {
			return Usage{}, content.E(op, content.Other, err)
		}
		var err error
		if *n, err = diskUsed(filepath.Join(s.room.dir, string(name))); err != nil {
			return Usage{}, content.E(op, content.Other, err)
		}
	}
	large, err := s.blocks.large.usage()
	if err != nil {
		return Usage{}, fail(op, err)
	}
	u.Blocks += large
	u.Free, err = diskFree(s.room.dir)
	return u, fail(op, err)
}

// Sizes is what the pins of an account need.
type Sizes struct {
	Blocks  int   // blocks held
	Bytes   int64 // their bytes, to within a few bytes each
	Records int64 // of these, those of records, tree nodes and commits
	Missing int   // blocks pinned and not held
}

// sizesFor is how long Sizes remembers what it counted.
const sizesFor = 30 * time.Second

// Sizes counts what is held for an account. A block that several accounts pin
// counts for each. It looks up every pin, and so answers from memory for half a
// minute.
func (s *Store) Sizes(ctx context.Context, account content.AccountID) (Sizes, error) {
	if n, ok := s.sizes.get(account, s.now()); ok {
		return n, nil
	}
	n, err := s.countSizes(ctx, account)
	if err != nil {
		return Sizes{}, fail("store.Sizes", err)
	}
	s.sizes.put(account, n, s.now())
	return n, nil
}

func (s *Store) countSizes(ctx context.Context, account content.AccountID) (Sizes, error) {
	var n Sizes
	seen := make(map[digest]struct{})
	err := s.blocks.View(func(txn *badger.Txn) error {
		return s.state.scan(ctx, accountKey(tagPin, account), keysOnly, func(item *badger.Item) (bool, error) {
			k, ok := parsePin(item.Key())
			if _, twice := seen[k.digest]; twice || !ok {
				return true, nil
			}
			seen[k.digest] = struct{}{}
			b, err := txn.Get(k.digest[:])
			switch {
			case errors.Is(err, badger.ErrKeyNotFound):
				n.Missing++
				return true, nil
			case err != nil:
				return false, err
			}
			n.Blocks++
			n.Bytes += about(b)
			if item.UserMeta() == byte(content.DagCBOR) {
				n.Records += about(b)
			}
			return true, nil
		})
	})
	return n, err
}

// sizeCache remembers a few counts.
type sizeCache struct {
	mu   sync.Mutex
	last map[content.AccountID]sizedAt
}

type sizedAt struct {
	Sizes
	at time.Time
}

const maxSizeCache = 1024

func (c *sizeCache) get(a content.AccountID, now time.Time) (Sizes, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, ok := c.last[a]
	return n.Sizes, ok && now.Sub(n.at) < sizesFor
}

func (c *sizeCache) put(a content.AccountID, n Sizes, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil || len(c.last) >= maxSizeCache {
		c.last = make(map[content.AccountID]sizedAt)
	}
	c.last[a] = sizedAt{n, now}
}

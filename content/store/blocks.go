package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"

	"rossgram.app/content"
)

// grace is how long a block is safe from collection after it was written: who
// fetches or uploads it has that long to pin it.
const grace = 10 * time.Minute

// writeChunk is about how many bytes of blocks go into one transaction.
const writeChunk = 16 << 20

// blockTable is the database of blocks: the 32 bytes of a SHA-256 digest to the
// bytes.
type blockTable struct {
	*database
	// shared is held for reading to write blocks, and for writing to delete
	// some after looking again that nobody needs them.
	shared sync.RWMutex

	mu    sync.Mutex
	marks []mark // oldest first
}

// mark says that what has this version of badger's, or a lower one, was written
// before that moment.
type mark struct {
	at      time.Time
	version uint64
}

const markEvery = time.Minute

// age notes the newest version and the time, at most once a minute.
func (b *blockTable) age(now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.marks); n > 0 && now.Sub(b.marks[n-1].at) < markEvery {
		return nil
	}
	return b.View(func(txn *badger.Txn) error {
		b.marks = append(b.marks, mark{now, txn.ReadTs()})
		for len(b.marks) > 1 && now.Sub(b.marks[1].at) >= grace {
			b.marks = b.marks[1:]
		}
		return nil
	})
}

// oldest returns the version up to which blocks are older than the grace period;
// 0 if none is.
func (b *blockTable) oldest(now time.Time) uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	var v uint64
	for _, m := range b.marks {
		if now.Sub(m.at) >= grace {
			v = m.version
		}
	}
	return v
}

// read calls f with the bytes of a block, which are valid until it returns.
// Their checksum has been checked, not their digest.
func (b *blockTable) read(d digest, f func(codec byte, data []byte) error) error {
	return b.View(func(txn *badger.Txn) error {
		item, err := txn.Get(d[:])
		if err != nil {
			return err
		}
		return withValue(item, func(data []byte) error { return f(item.UserMeta(), data) })
	})
}

func (b *blockTable) has(d digest) (bool, error) {
	err := b.View(func(txn *badger.Txn) error {
		_, err := txn.Get(d[:])
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}

// write stores blocks that have been checked. It skips those that settled says
// are here to stay.
func (b *blockTable) write(ctx context.Context, list []content.Block, settled func(digest, uint64) (bool, error)) error {
	b.shared.RLock()
	defer b.shared.RUnlock()
	for len(list) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := chunk(list)
		if err := b.Update(func(txn *badger.Txn) error { return setBlocks(txn, list[:n], settled) }); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// chunk returns how many of the blocks go into one transaction.
func chunk(list []content.Block) int {
	size := 0
	for i, blk := range list {
		if size += len(blk.Data); size > writeChunk || i == 512 {
			return max(i, 1)
		}
	}
	return len(list)
}

func setBlocks(txn *badger.Txn, list []content.Block, settled func(digest, uint64) (bool, error)) error {
	for _, blk := range list {
		d, err := digestOf(blk.CID)
		if err != nil {
			return err
		}
		item, err := txn.Get(d[:])
		if err == nil {
			stays, err := settled(d, item.Version())
			if err != nil {
				return err
			}
			if stays {
				continue
			}
		} else if !errors.Is(err, badger.ErrKeyNotFound) {
			return err
		}
		if err := txn.SetEntry(badger.NewEntry(d[:], blk.Data).WithMeta(codecOf(blk.CID))); err != nil {
			return err
		}
	}
	return nil
}

// sync makes what was written durable. Badger's Sync covers the newest memory
// table's log; those that wait for being written out as tables are synced here.
// One that vanishes meanwhile has become a table, which is synced.
func (b *blockTable) sync() error {
	logs, err := filepath.Glob(filepath.Join(b.Opts().Dir, "*.mem"))
	if err != nil {
		return err
	}
	for _, path := range logs[:max(len(logs)-1, 0)] {
		if err := syncFile(path); err != nil {
			return err
		}
	}
	return b.Sync()
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// remove deletes those of the blocks of which unneeded says so once more, while
// nobody writes blocks.
func (b *blockTable) remove(list []digest, unneeded func(d digest, version uint64) (bool, error)) (n int, size int64, err error) {
	b.shared.Lock()
	defer b.shared.Unlock()
	err = b.Update(func(txn *badger.Txn) error {
		for _, d := range list {
			item, err := txn.Get(d[:])
			if errors.Is(err, badger.ErrKeyNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if ok, err := unneeded(d, item.Version()); err != nil || !ok {
				if err != nil {
					return err
				}
				continue
			}
			size += item.ValueSize()
			n++
			if err := txn.Delete(d[:]); err != nil {
				return err
			}
		}
		return nil
	})
	return n, size, err
}

// removeChunk is how many blocks are deleted under the lock at a time.
const removeChunk = 512

func (b *blockTable) close() error {
	return errors.Join(b.Sync(), b.database.close())
}

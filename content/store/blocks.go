package store

import (
	"context"
	"errors"
	"io/fs"
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
// bytes, or to the [entry] of a large one.
type blockTable struct {
	*database
	large *largeFiles
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

// append appends the bytes of a block. Their checksum has been checked, not their
// digest.
func (b *blockTable) append(dst []byte, d digest) (all []byte, err error) {
	all = dst
	err = b.View(func(txn *badger.Txn) error {
		item, err := txn.Get(d[:])
		if err == nil {
			all, err = b.appendItem(dst, item)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) { // it may have been deleted just now
		var here bool
		if here, err = b.known(d); err == nil {
			err = badger.ErrKeyNotFound
			if here {
				err = errDamaged
			}
		}
	}
	return all, err
}

func (b *blockTable) appendItem(dst []byte, item *badger.Item) (all []byte, err error) {
	all = dst
	err = withValue(item, func(v []byte) error {
		if item.UserMeta()&inFile == 0 {
			all = append(dst, v...)
			return nil
		}
		e, err := decodeEntry(v)
		if err == nil {
			all, err = b.large.append(dst, digest(item.Key()), e)
		}
		return err
	})
	return all, err
}

// size returns how many bytes a block has.
func (b *blockTable) size(d digest) (n int64, err error) {
	err = b.View(func(txn *badger.Txn) error {
		item, err := txn.Get(d[:])
		if err != nil {
			return err
		}
		return withValue(item, func(v []byte) error {
			n, err = sizeOf(item, v)
			return err
		})
	})
	return n, err
}

func sizeOf(item *badger.Item, v []byte) (int64, error) {
	if item.UserMeta()&inFile == 0 {
		return int64(len(v)), nil
	}
	e, err := decodeEntry(v)
	return int64(e.size), err
}

// about returns how many bytes a block has, to within a few, and does not read them.
func about(item *badger.Item) (n int64) {
	if item.UserMeta()&inFile == 0 {
		return item.ValueSize()
	}
	err := withValue(item, func(v []byte) (err error) {
		n, err = sizeOf(item, v)
		return err
	})
	if err != nil {
		return 0 // nobody can have it
	}
	return n
}

// known reports whether there is an entry of a block, which a crash may have left
// without a file.
func (b *blockTable) known(d digest) (bool, error) {
	err := b.View(func(txn *badger.Txn) error {
		_, err := txn.Get(d[:])
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (b *blockTable) has(d digest) (here bool, err error) {
	err = b.View(func(txn *badger.Txn) error {
		item, err := txn.Get(d[:])
		if err == nil {
			here, err = b.whole(item)
		}
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		err = nil
	}
	return here, err
}

// whole reports whether the bytes of a block are all there.
func (b *blockTable) whole(item *badger.Item) (here bool, err error) {
	if item.UserMeta()&inFile == 0 {
		return true, nil
	}
	err = withValue(item, func(v []byte) error {
		e, err := decodeEntry(v)
		if err != nil {
			return nil // it is not here, to whoever would fetch it
		}
		here, err = b.large.whole(digest(item.Key()), e)
		return err
	})
	return here, err
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
		if err := b.Update(func(txn *badger.Txn) error { return b.set(txn, list[:n], settled) }); err != nil {
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

func (b *blockTable) set(txn *badger.Txn, list []content.Block, settled func(digest, uint64) (bool, error)) error {
	for _, blk := range list {
		d, err := digestOf(blk.CID)
		if err != nil {
			return err
		}
		item, err := txn.Get(d[:])
		if err == nil {
			stays, err := settled(d, item.Version())
			if err == nil && stays {
				stays, err = b.whole(item)
			}
			if err != nil {
				return err
			}
			if stays {
				continue
			}
		} else if !errors.Is(err, badger.ErrKeyNotFound) {
			return err
		}
		value, meta := blk.Data, codecOf(blk.CID)
		if len(value) >= largeFrom {
			if err := b.large.write(d, value); err != nil {
				return err
			}
			value, meta = entryOf(value).encode(), meta|inFile
		}
		if err := txn.SetEntry(badger.NewEntry(d[:], value).WithMeta(meta)); err != nil {
			return err
		}
	}
	return nil
}

// sync makes what was written durable. Badger's Sync covers the newest memory
// table's log; those that wait for being written out as tables are synced here.
// One that vanishes meanwhile has become a table, which is synced.
func (b *blockTable) sync() error {
	if err := b.large.sync(); err != nil { // the files before what names them
		return err
	}
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
	var files []digest
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
			size += about(item)
			n++
			if item.UserMeta()&inFile != 0 {
				files = append(files, d)
			}
			if err := txn.Delete(d[:]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = b.large.remove(files)
	}
	return n, size, err
}

// removeStrays deletes files of which a crash has left no entry. Who writes one holds
// the lock until it has its entry.
func (b *blockTable) removeStrays() error {
	list, err := b.large.strays(b.known)
	if err != nil || len(list) == 0 {
		return err
	}
	b.shared.Lock()
	defer b.shared.Unlock()
	for _, name := range list {
		stray, err := isStray(name, b.known)
		if err == nil && stray {
			err = b.large.removeFile(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// removeChunk is how many blocks are deleted under the lock at a time.
const removeChunk = 512

func (b *blockTable) close() error {
	return errors.Join(b.large.sync(), b.Sync(), b.database.close())
}

package budget

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// What the budget remembers, in the store's precious state; numbers are of 8 bytes,
// big-endian:
//
//	"s" account (32) → floors (3 × 8), bytes planned: see shelf
//	"c" account (32) → bytes of photos that may be kept of it, 0 for no limit
//	"n" account (32), CID → when its owner's own need for a file was last, Unix seconds
//	"t" → day (Unix seconds of its beginning), bytes received, bytes sent
const (
	tagShelf   = 's'
	tagCap     = 'c'
	tagNeeded  = 'n'
	tagTraffic = 't'
)

const idLen = len(content.AccountID{})

// shelf is what of an account is kept without being asked for: the files of each
// class of posts from a floor on. What is older is here on demand only. The zero
// shelf keeps all.
type shelf struct {
	floors [classes]content.TID
	bytes  int64 // that it holds when all is here, as the records say; 0 is not known
}

func (s shelf) keepsAll() bool { return s.floors == [classes]content.TID{} }

func accountKey(tag byte, id content.AccountID) []byte { return append([]byte{tag}, id[:]...) }

func neededKey(id content.AccountID, c cid.Cid) []byte {
	return append(accountKey(tagNeeded, id), c.Bytes()...)
}

func numbers(ns ...int64) []byte {
	var b []byte
	for _, n := range ns {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return b
}

// parseNumbers returns n numbers; zeros if they can't be read.
func parseNumbers(b []byte, n int) []int64 {
	ns := make([]int64, n)
	if len(b) != 8*n {
		return ns
	}
	for i := range ns {
		ns[i] = int64(binary.BigEndian.Uint64(b[8*i:]))
	}
	return ns
}

func (s shelf) encode() []byte {
	return numbers(int64(s.floors[small]), int64(s.floors[large]), int64(s.floors[source]), s.bytes)
}

func parseShelf(b []byte) (s shelf) {
	ns := parseNumbers(b, int(classes)+1)
	for c := range classes {
		s.floors[c] = content.TID(ns[c])
	}
	s.bytes = ns[classes]
	return s
}

func (b *Budget) load(ctx context.Context) error {
	return b.room.View(ctx, func(tx *store.Tx) error {
		err := tx.Scan(store.Span{Prefix: []byte{tagShelf}}, func(k, v []byte) bool {
			if len(k) == 1+idLen {
				b.shelves[content.AccountID(k[1:])] = parseShelf(v)
			}
			return true
		})
		if err != nil {
			return err
		}
		err = tx.Scan(store.Span{Prefix: []byte{tagCap}}, func(k, v []byte) bool {
			if len(k) == 1+idLen {
				b.caps[content.AccountID(k[1:])] = parseNumbers(v, 1)[0]
			}
			return true
		})
		if err != nil {
			return err
		}
		v, err := tx.Get([]byte{tagTraffic})
		if content.KindOf(err) == content.NotFound {
			err = nil
		}
		b.day.restore(parseNumbers(v, 3))
		return err
	})
}

func (b *Budget) set(ctx context.Context, key, value []byte) error {
	return b.room.Update(ctx, func(tx *store.Tx) error { return tx.Set(key, value) })
}

// setShelf makes a shelf durable and then has it hold.
func (b *Budget) setShelf(ctx context.Context, id content.AccountID, s shelf) error {
	if b.shelf(id) == s {
		return nil
	}
	if err := b.set(ctx, accountKey(tagShelf, id), s.encode()); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shelves[id] = s
	return nil
}

func (b *Budget) shelf(id content.AccountID) shelf {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.shelves[id]
}

// needed returns which files of an account its owner has asked for, and when.
func (b *Budget) needed(ctx context.Context, id content.AccountID) (map[cid.Cid]time.Time, error) {
	at := make(map[cid.Cid]time.Time)
	prefix := accountKey(tagNeeded, id)
	err := b.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: prefix}, func(k, v []byte) bool {
			if _, c, err := cid.CidFromBytes(k[len(prefix):]); err == nil {
				at[c] = time.Unix(parseNumbers(v, 1)[0], 0)
			}
			return true
		})
	})
	return at, err
}

// Forget drops what is remembered of an account that is not followed any more.
func (b *Budget) Forget(ctx context.Context, id content.AccountID) error {
	needed, err := b.needed(ctx, id)
	if err != nil {
		return content.E("budget.Forget", content.Other, err)
	}
	batch := b.room.Batch(ctx)
	defer batch.Discard()
	for c := range needed {
		if err := batch.Delete(neededKey(id, c)); err != nil {
			return content.E("budget.Forget", content.Other, err)
		}
	}
	for _, tag := range []byte{tagShelf, tagCap} {
		if err := batch.Delete(accountKey(tag, id)); err != nil {
			return content.E("budget.Forget", content.Other, err)
		}
	}
	if err := batch.Flush(); err != nil {
		return content.E("budget.Forget", content.Other, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.shelves, id)
	delete(b.caps, id)
	delete(b.present, id)
	return nil
}

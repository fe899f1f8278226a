package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// maxHoldName is the longest name of a hold in bytes.
const maxHoldName = 128

// Hold keeps blocks from collection until expires, under a name by which they
// are released: those of an upload, say. They are not published by it. Holding
// under the same name again adds blocks and sets the time anew. Holds survive a
// restart, and may name blocks that are not held yet. They do not sync blocks;
// see [Store.Sync].
func (s *Store) Hold(ctx context.Context, name string, cids []cid.Cid, expires time.Time) error {
	const op = "store.Hold"
	if name == "" || len(name) > maxHoldName || strings.ContainsRune(name, 0) {
		return content.Errorf(op, content.Invalid, "a hold's name has 1 to 128 bytes, none of them zero")
	}
	list := make([]digest, len(cids))
	for i, c := range cids {
		var err error
		if list[i], err = digestOf(c); err != nil {
			return content.E(op, content.Invalid, err)
		}
	}
	size := int64(len(list)+1) * (int64(len(name)) + 2*entryOverhead)
	s.makeRoom(ctx, size, growing)
	if err := s.room.take(size, growing); err != nil {
		return content.E(op, content.Other, err)
	}
	s.state.writing.Lock()
	defer s.state.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return content.E(op, content.Other, err)
	}
	if err := s.state.Update(func(txn *badger.Txn) error { return writeHold(txn, name, list, expires) }); err != nil {
		return fail(op, err)
	}
	s.holds.add(name, list, expires)
	return nil
}

func writeHold(txn *badger.Txn, name string, list []digest, expires time.Time) error {
	for _, d := range list {
		if err := txn.Set(append(holdPrefix(name), d[:]...), nil); err != nil {
			return err
		}
	}
	return txn.Set(expiryKey(name), binary.BigEndian.AppendUint64(nil, uint64(max(expires.Unix(), 0))))
}

// Release ends a hold. Its blocks go with a later collection, unless they are
// pinned by then. One that does not exist is no error.
func (s *Store) Release(ctx context.Context, name string) error {
	const op = "store.Release"
	s.state.writing.Lock()
	defer s.state.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return content.E(op, content.Other, err)
	}
	return fail(op, s.release(name))
}

// release ends a hold; the writer lock of state is held.
func (s *Store) release(name string) error {
	h, ok := s.holds.byName[name]
	if !ok {
		return nil
	}
	err := s.state.Update(func(txn *badger.Txn) error {
		for d := range h.blocks {
			if err := txn.Delete(append(holdPrefix(name), d[:]...)); err != nil {
				return err
			}
		}
		return txn.Delete(expiryKey(name))
	})
	if err == nil {
		s.holds.remove(name)
		s.dirty.Store(true)
	}
	return err
}

// releaseExpired ends the holds whose time is over.
func (s *Store) releaseExpired(now time.Time) error {
	s.state.writing.Lock()
	defer s.state.writing.Unlock()
	for name, h := range s.holds.byName {
		if !now.Before(h.expires) {
			if err := s.release(name); err != nil {
				return err
			}
		}
	}
	return nil
}

func holdPrefix(name string) []byte { return append(append([]byte{tagHold}, name...), 0) }

func expiryKey(name string) []byte { return append([]byte{tagExpiry}, name...) }

// holdTable is all holds: few, because uploads are few.
type holdTable struct {
	byName map[string]*hold
	held   map[digest]int // by how many holds
}

type hold struct {
	expires time.Time
	blocks  map[digest]struct{}
}

func (t *holdTable) has(d digest) bool { return t.held[d] > 0 }

func (t *holdTable) add(name string, list []digest, expires time.Time) {
	h := t.byName[name]
	if h == nil {
		h = &hold{blocks: make(map[digest]struct{})}
		t.byName[name] = h
	}
	h.expires = expires
	for _, d := range list {
		if _, twice := h.blocks[d]; !twice {
			h.blocks[d] = struct{}{}
			t.held[d]++
		}
	}
}

func (t *holdTable) remove(name string) {
	for d := range t.byName[name].blocks {
		if t.held[d]--; t.held[d] == 0 {
			delete(t.held, d)
		}
	}
	delete(t.byName, name)
}

func loadHolds(db *database) (holdTable, error) {
	t := holdTable{make(map[string]*hold), make(map[digest]int)}
	ctx := context.Background()
	err := db.scan(ctx, []byte{tagExpiry}, withValues, func(item *badger.Item) (bool, error) {
		return true, withValue(item, func(v []byte) error {
			if len(v) != 8 {
				return content.Errorf("store.Open", content.Corrupt, "the time of a hold is unreadable")
			}
			t.add(string(item.Key()[1:]), nil, time.Unix(int64(binary.BigEndian.Uint64(v)), 0))
			return nil
		})
	})
	if err != nil {
		return t, fail("store.Open", err)
	}
	err = db.scan(ctx, []byte{tagHold}, keysOnly, func(item *badger.Item) (bool, error) {
		name, d, _ := bytes.Cut(item.Key()[1:], []byte{0})
		if h := t.byName[string(name)]; h != nil && len(d) == len(digest{}) {
			t.add(string(name), []digest{digest(d)}, h.expires)
		}
		return true, nil
	})
	return t, fail("store.Open", err)
}

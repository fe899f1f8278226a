package store

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/dgraph-io/badger/v4"
	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// Pin says that an account's published head needs a block. Pins are a set of
// (account, referrer, block): pinning twice is pinning once, and a block stays
// while any pin names it. A pin may name a block that is not held yet.
type Pin struct {
	CID cid.Cid
	// Referrer is the path of the record that refers to the block: to its own
	// bytes and to its files. It is empty for tree nodes and commits.
	Referrer content.Path
}

func (p Pin) key(a content.AccountID) (pinKey, error) {
	d, err := digestOf(p.CID)
	if err != nil {
		return pinKey{}, err
	}
	if p.Referrer != "" {
		if err := p.Referrer.Validate(); err != nil {
			return pinKey{}, err
		}
	}
	return pinKey{a, p.Referrer, d}, nil
}

// Pin adds pins of an account that has a published head, such as for files that
// were fetched after their record. Kind NotFound if it has none.
func (s *Store) Pin(ctx context.Context, account content.AccountID, pins []Pin) error {
	const op = "store.Pin"
	s.state.writing.Lock()
	defer s.state.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return content.E(op, content.Other, err)
	}
	if _, err := s.head(account); err != nil {
		return fail(op, err)
	}
	w, err := s.pinWriter(ctx, account, pins)
	if err != nil {
		return fail(op, err)
	}
	defer w.discard()
	if err := s.room.take(w.size(), growing); err != nil {
		return content.E(op, content.Other, err)
	}
	if err := w.addAll(); err != nil {
		return fail(op, err)
	}
	return fail(op, w.commit())
}

// pinned reports whether a published head needs a block: one lookup.
func (s *Store) pinned(d digest) (bool, error) {
	err := s.state.View(func(txn *badger.Txn) error {
		_, err := txn.Get(countKey(d))
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}

// pinSet writes changes of the set of pins, with the count of each block. It
// commits by itself when a transaction is full, in the order of its calls. The
// caller holds the writer lock of state.
type pinSet struct {
	ctx     context.Context
	db      *badger.DB
	txn     *badger.Txn
	account content.AccountID
	add     map[pinKey]byte // with the CID's codec
	ops     int64
	bytes   int64
	orphans []digest // blocks that lost their last pin
	onFull  func(*badger.Txn) error
}

// perPin is about what a pin takes on disk: its key and its count.
const perPin = 2*(1+32+32+8) + 2*entryOverhead

func (s *Store) pinWriter(ctx context.Context, account content.AccountID, pins []Pin) (*pinSet, error) {
	w := &pinSet{ctx: ctx, db: s.state.DB, account: account, add: make(map[pinKey]byte, len(pins))}
	for _, p := range pins {
		k, err := p.key(account)
		if err != nil {
			return nil, err
		}
		w.add[k] = codecOf(p.CID)
	}
	w.txn = w.db.NewTransaction(true)
	return w, nil
}

func (w *pinSet) size() int64 {
	n := int64(0)
	for k := range w.add {
		n += perPin + int64(len(k.referrer))
	}
	return n
}

func (w *pinSet) addAll() error {
	for k, codec := range w.add {
		if err := w.step(k, func() error { return w.insert(k, codec) }); err != nil {
			return err
		}
	}
	return nil
}

// removeAll removes pins, but none that is being added.
func (w *pinSet) removeAll(keys []pinKey) error {
	for _, k := range keys {
		if _, stays := w.add[k]; stays {
			continue
		}
		if err := w.step(k, func() error { return w.delete(k) }); err != nil {
			return err
		}
	}
	return nil
}

// Badger's limits of a transaction are asked for with room for the head and the
// marks that are written with the pins.
const (
	spareOps   = 16
	spareBytes = 16 << 10
)

// step does one change, after a commit if the transaction would not take it.
func (w *pinSet) step(k pinKey, change func() error) error {
	const writes = 2 // the pin and its count
	size := perPin + int64(len(k.referrer))
	if w.ops+writes+spareOps > w.db.MaxBatchCount() || w.bytes+size+spareBytes > w.db.MaxBatchSize() {
		if err := w.rollOver(); err != nil {
			return err
		}
	}
	w.ops += writes
	w.bytes += size
	return change()
}

func (w *pinSet) rollOver() error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if w.onFull != nil {
		if err := w.onFull(w.txn); err != nil {
			return err
		}
	}
	if err := w.txn.Commit(); err != nil {
		return err
	}
	w.txn, w.ops, w.bytes = w.db.NewTransaction(true), 0, 0
	return nil
}

func (w *pinSet) insert(k pinKey, codec byte) error {
	key := k.bytes()
	_, err := w.txn.Get(key)
	if !errors.Is(err, badger.ErrKeyNotFound) {
		return err // it is there, or could not be read
	}
	if err := w.txn.SetEntry(badger.NewEntry(key, nil).WithMeta(codec)); err != nil {
		return err
	}
	n, kept, err := w.count(k.digest)
	if err != nil {
		return err
	}
	if n > 0 {
		codec = kept
	}
	return w.setCount(k.digest, n+1, codec)
}

func (w *pinSet) delete(k pinKey) error {
	key := k.bytes()
	_, err := w.txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := w.txn.Delete(key); err != nil {
		return err
	}
	n, codec, err := w.count(k.digest)
	if err != nil {
		return err
	}
	if n > 1 {
		return w.setCount(k.digest, n-1, codec)
	}
	w.orphans = append(w.orphans, k.digest)
	return w.txn.Delete(countKey(k.digest))
}

func (w *pinSet) count(d digest) (n uint64, codec byte, err error) {
	item, err := w.txn.Get(countKey(d))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	err = withValue(item, func(v []byte) error {
		var used int
		if n, used = binary.Uvarint(v); used <= 0 {
			return content.Errorf("store.count", content.Corrupt, "a pin count is unreadable")
		}
		return nil
	})
	return n, item.UserMeta(), err
}

func (w *pinSet) setCount(d digest, n uint64, codec byte) error {
	return w.txn.SetEntry(badger.NewEntry(countKey(d), binary.AppendUvarint(nil, n)).WithMeta(codec))
}

func (w *pinSet) commit() error { return w.txn.Commit() }

// discard ends the writer; what was committed stays.
func (w *pinSet) discard() { w.txn.Discard() }

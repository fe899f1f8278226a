package store

import (
	"bytes"
	"context"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"rossgram.app/content"
)

// Tx is one transaction of a [KV]. It belongs to one goroutine.
type Tx struct {
	ctx      context.Context
	txn      *badger.Txn
	prefix   []byte
	update   bool
	scanning bool
	written  int64 // bytes that the commit adds to the disk
	grows    bool
}

// entryOverhead is what badger adds to a key and a value: in the log, and in the
// table it becomes.
const entryOverhead = 64

func (tx *Tx) key(key []byte) []byte { return append(bytes.Clone(tx.prefix), key...) }

// Get returns the value of a key, which the caller may keep. Kind NotFound if
// there is none.
func (tx *Tx) Get(key []byte) ([]byte, error) {
	const op = "store.Get"
	item, err := tx.txn.Get(tx.key(key))
	if err != nil {
		return nil, fail(op, err)
	}
	v, err := copyValue(item)
	return v, fail(op, err)
}

// Has reports whether there is a key.
func (tx *Tx) Has(key []byte) (bool, error) {
	_, err := tx.txn.Get(tx.key(key))
	err = fail("store.Has", err)
	if content.KindOf(err) == content.NotFound {
		return false, nil
	}
	return err == nil, err
}

// Set writes a key. The value must not change until the transaction ends.
func (tx *Tx) Set(key, value []byte) error {
	tx.grows = true
	tx.written += int64(len(tx.prefix)+len(key)+len(value)) + entryOverhead
	return fail("store.Set", tx.txn.Set(tx.key(key), value))
}

// Delete removes a key. One that is not there is no error.
func (tx *Tx) Delete(key []byte) error {
	tx.written += int64(len(tx.prefix)+len(key)) + entryOverhead
	return fail("store.Delete", tx.txn.Delete(tx.key(key)))
}

func (tx *Tx) purpose() purpose {
	if tx.grows {
		return growing
	}
	return shrinking
}

// Direction is the order of a scan.
type Direction bool

// The directions of a scan.
const (
	Ascending  Direction = false
	Descending Direction = true
)

// Span is a range of keys. The zero Span is all of them, ascending.
type Span struct {
	Prefix []byte // of all keys of the span
	// Start is where to begin, itself included: the lowest key ascending, the
	// highest descending. Nil is the end of the prefix where the scan begins.
	Start     []byte
	Direction Direction
	KeysOnly  bool // values are nil: cheaper
}

// Scan calls f with the keys of a span and their values, in order, until it
// returns false. f may keep both. While an update scans it can't begin another
// scan (kind Invalid), but may write; it does not see what it writes meanwhile.
func (tx *Tx) Scan(span Span, f func(key, value []byte) bool) error {
	const op = "store.Scan"
	if tx.update && tx.scanning {
		return content.Errorf(op, content.Invalid, "a scan within a scan of an update")
	}
	tx.scanning = true
	defer func() { tx.scanning = false }()
	prefix := tx.key(span.Prefix)
	it := tx.iterator(span, prefix)
	defer it.Close()
	n := 0
	for tx.seek(it, span, prefix); it.ValidForPrefix(prefix); it.Next() {
		if n++; n%scanEvery == 0 && tx.ctx.Err() != nil {
			return content.E(op, content.Other, tx.ctx.Err())
		}
		more, err := tx.visit(it.Item(), span, f)
		if err != nil {
			return fail(op, err)
		}
		if !more {
			return nil
		}
	}
	return nil
}

// iterator makes badger's. A descending one must be able to stand behind the
// prefix, so it is not bound to it. Nothing is read ahead: values of rooms stand
// beside their keys, and a goroutine for each would cost three times the scan.
func (tx *Tx) iterator(span Span, prefix []byte) *badger.Iterator {
	opt := badger.IteratorOptions{Reverse: bool(span.Direction)}
	if span.Direction == Ascending {
		opt.Prefix = prefix
	}
	return tx.txn.NewIterator(opt)
}

// seek goes to the first entry of a span. A start outside of the prefix counts
// as the nearer end of it.
func (tx *Tx) seek(it *badger.Iterator, span Span, prefix []byte) {
	var start []byte
	if span.Start != nil {
		start = tx.key(span.Start)
	}
	if span.Direction == Ascending {
		it.Seek(slices.MaxFunc([][]byte{start, prefix}, bytes.Compare))
		return
	}
	end := after(prefix) // there is one: a room's prefix begins with tagRoom
	if start == nil || bytes.Compare(start, end) > 0 {
		start = end
	}
	for it.Seek(start); it.Valid() && bytes.Compare(it.Item().Key(), end) >= 0; {
		it.Next()
	}
}

func (tx *Tx) visit(item *badger.Item, span Span, f func(key, value []byte) bool) (bool, error) {
	key := item.KeyCopy(nil)[len(tx.prefix):]
	if span.KeysOnly {
		return f(key, nil), nil
	}
	v, err := copyValue(item)
	if err != nil {
		return false, err
	}
	return f(key, v), nil
}

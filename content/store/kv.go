package store

import (
	"bytes"
	"context"

	"github.com/dgraph-io/badger/v4"

	"rossgram.app/content"
)

// KV is a room of ordered keys for another package, in state (precious: an
// update is durable when it returns) or in index (disposable: an update may be
// lost when the power fails, though not when the process is killed).
type KV struct {
	db     *database
	room   *room
	prefix []byte
}

// State returns the precious room. Give each package its own [KV.Bucket].
func (s *Store) State() *KV { return &KV{s.state, s.room, []byte{tagRoom}} }

// Index returns the disposable room.
func (s *Store) Index() *KV { return &KV{s.index, s.room, []byte{tagRoom}} }

// Bucket returns the room of the keys that begin with name; they are used
// without it. End names alike, such as "follow/", so that none begins another.
func (kv *KV) Bucket(name string) *KV {
	return &KV{kv.db, kv.room, append(bytes.Clone(kv.prefix), name...)}
}

// Get returns the value of a key. Kind NotFound if there is none.
func (kv *KV) Get(ctx context.Context, key []byte) (value []byte, err error) {
	err = kv.View(ctx, func(tx *Tx) error {
		value, err = tx.Get(key)
		return err
	})
	return value, err
}

// View runs f with one consistent state of the room. Its Tx can't write and
// ends with f.
func (kv *KV) View(ctx context.Context, f func(*Tx) error) error {
	const op = "store.View"
	if err := ctx.Err(); err != nil {
		return content.E(op, content.Other, err)
	}
	return fail(op, kv.db.View(func(txn *badger.Txn) error {
		return f(&Tx{ctx: ctx, txn: txn, prefix: kv.prefix})
	}))
}

// Update runs f, once, and commits what it wrote in one transaction, or nothing
// if f returns an error. There is one update of a database at a time, also
// across buckets: keep f short, and neither update nor publish in it, which
// would wait for itself.
//
// Kind TooLarge if f writes more than about 600 KiB or 6,000 keys, where values of
// 64 KiB and more do not count; see [KV.Batch]. Kind Quota if there is no room.
func (kv *KV) Update(ctx context.Context, f func(*Tx) error) error {
	const op = "store.Update"
	return fail(op, kv.db.update(ctx, func(txn *badger.Txn) error {
		tx := &Tx{ctx: ctx, txn: txn, prefix: kv.prefix, update: true}
		if err := f(tx); err != nil {
			return err
		}
		return kv.room.take(tx.written, tx.purpose())
	}))
}

// DropAll removes every key of the room, for building it anew. It is not one
// transaction: after a crash some keys may be left.
func (kv *KV) DropAll(ctx context.Context) error {
	const op = "store.DropAll"
	kv.db.writing.Lock()
	defer kv.db.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return content.E(op, content.Other, err)
	}
	return fail(op, kv.db.dropPrefix(kv.prefix))
}

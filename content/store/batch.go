package store

import (
	"context"
	"errors"

	"github.com/dgraph-io/badger/v4"

	"rossgram.app/content"
)

// Batch writes more keys than one transaction takes, for building an index. It
// commits now and then by itself, so a batch that was not finished may be there
// in part. It belongs to one goroutine.
type Batch struct {
	kv  *KV
	ctx context.Context
	tx  *Tx
}

// Batch begins a batch. End it with [Batch.Flush] or [Batch.Discard].
func (kv *KV) Batch(ctx context.Context) *Batch { return &Batch{kv: kv, ctx: ctx} }

// Set writes a key. Key and value must not change until the batch ends.
func (b *Batch) Set(key, value []byte) error {
	return b.do(func(tx *Tx) error { return tx.Set(key, value) })
}

// Delete removes a key.
func (b *Batch) Delete(key []byte) error {
	return b.do(func(tx *Tx) error { return tx.Delete(key) })
}

// Flush commits what is left. The batch can be used on.
func (b *Batch) Flush() error {
	const op = "store.Batch.Flush"
	if b.tx == nil {
		return nil
	}
	tx := b.tx
	b.tx = nil
	defer tx.txn.Discard()
	b.kv.db.writing.Lock()
	defer b.kv.db.writing.Unlock()
	if err := b.ctx.Err(); err != nil {
		return content.E(op, content.Other, err)
	}
	if err := b.kv.room.take(tx.written, tx.purpose()); err != nil {
		return content.E(op, content.Other, err)
	}
	return fail(op, tx.txn.Commit())
}

// Discard drops what was not committed yet. After a Flush it does nothing.
func (b *Batch) Discard() {
	if b.tx != nil {
		b.tx.txn.Discard()
		b.tx = nil
	}
}

func (b *Batch) do(write func(*Tx) error) error {
	err := write(b.begun())
	if !errors.Is(err, badger.ErrTxnTooBig) {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return write(b.begun())
}

func (b *Batch) begun() *Tx {
	if b.tx == nil {
		b.tx = &Tx{ctx: b.ctx, txn: b.kv.db.NewTransaction(true), prefix: b.kv.prefix, update: true}
	}
	return b.tx
}

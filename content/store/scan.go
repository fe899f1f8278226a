package store

import (
	"context"

	"github.com/dgraph-io/badger/v4"
)

// scanEvery is after how many keys a scan looks whether its context is done.
const scanEvery = 256

// depth says how much of each entry a scan reads.
type depth uint8

const (
	keysOnly depth = iota
	withValues
)

// scan calls f with all entries of a prefix, in order, until it says false.
func (d *database) scan(ctx context.Context, prefix []byte, read depth, f func(*badger.Item) (more bool, err error)) error {
	return d.View(func(txn *badger.Txn) error { return scanTxn(ctx, txn, prefix, read, f) })
}

func scanTxn(ctx context.Context, txn *badger.Txn, prefix []byte, read depth, f func(*badger.Item) (bool, error)) error {
	opt := badger.DefaultIteratorOptions
	opt.Prefix, opt.PrefetchValues = prefix, read == withValues
	it := txn.NewIterator(opt)
	defer it.Close()
	n := 0
	for it.Rewind(); it.Valid(); it.Next() {
		if n%scanEvery == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		n++
		if more, err := f(it.Item()); err != nil || !more {
			return err
		}
	}
	return nil
}

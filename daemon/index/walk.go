package index

import (
	"context"

	"rossgram.app/content/store"
)

// walk goes through all keys with a prefix, a step in each transaction. What f
// deletes, or adds elsewhere, does not disturb it.
func (ix *Index) walk(ctx context.Context, prefix []byte, f func(e *edit, key, value []byte) error) error {
	for start, more := []byte(nil), true; more; {
		err := ix.edit(ctx, func(e *edit) error {
			keys, values, err := readPage(e.tx, store.Span{Prefix: prefix, Start: start}, ix.step)
			if err != nil {
				return err
			}
			for i := range keys {
				if err := f(e, keys[i], values[i]); err != nil {
					return err
				}
			}
			if more = len(keys) == ix.step; more {
				start = append(keys[len(keys)-1], 0)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func readPage(tx *store.Tx, span store.Span, limit int) (keys, values [][]byte, err error) {
	err = tx.Scan(span, func(k, v []byte) bool {
		keys, values = append(keys, k), append(values, v)
		return len(keys) < limit
	})
	return keys, values, err
}

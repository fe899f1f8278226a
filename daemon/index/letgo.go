package index

import (
	"context"
	"encoding/binary"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// letGo removes the oldest notifications of viewers that have too many.
func (ix *Index) letGo(ctx context.Context) error {
	for viewer, n := range ix.noted {
		if n < ix.maxNotes+min(notesAtOnce, ix.maxNotes) {
			continue
		}
		for over := n - ix.maxNotes; over > 0; over -= notesAtOnce {
			if err := ix.letSomeGo(ctx, viewer, min(over, notesAtOnce)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (ix *Index) letSomeGo(ctx context.Context, viewer content.AccountID, n int) error {
	prefix := key(tagOrder, viewer[:])
	var old [][]byte
	err := ix.state.View(ctx, func(tx *store.Tx) (err error) {
		old, _, err = readPage(tx, store.Span{Prefix: prefix, KeysOnly: true}, n)
		return err
	})
	if err != nil || len(old) == 0 {
		return err
	}
	parse := func(k []byte) (int64, noteKey) {
		k = k[len(prefix):]
		return int64(binary.BigEndian.Uint64(k)), noteKey{viewer, identity(k[8:])}
	}
	err = ix.kv.Update(ctx, func(tx *store.Tx) error {
		for _, k := range old {
			at, nk := parse(k)
			if err := tx.Delete(nk.noticeKey(at)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return ix.state.Update(ctx, func(tx *store.Tx) error {
		for _, k := range old {
			_, nk := parse(k)
			if err := (&edit{tx: tx}).delete(k, nk.bytes()); err != nil {
				return err
			}
		}
		last, _ := parse(old[len(old)-1])
		ix.noted[viewer] -= len(old)
		return tx.Set(key(tagFloor, viewer[:]), binary.BigEndian.AppendUint64(nil, uint64(last)))
	})
}

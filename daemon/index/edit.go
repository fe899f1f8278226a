package index

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// edit is one transaction. Accounts it changes are kept until its end, so that
// counting a thousand posts writes one key.
type edit struct {
	ix       *Index
	ctx      context.Context
	tx       *store.Tx
	accounts map[content.AccountID]*accountState
	notes    map[noteKey]*note
	counted  []subjectRef // whose responses are others now
}

func (ix *Index) edit(ctx context.Context, f func(*edit) error) error {
	var counted []subjectRef
	defer func() { ix.counts.drop(counted) }()
	err := ix.kv.Update(ctx, func(tx *store.Tx) error {
		e := &edit{ix: ix, ctx: ctx, tx: tx, accounts: make(map[content.AccountID]*accountState)}
		err := f(e)
		if counted = e.counted; err != nil {
			return err
		}
		if err := e.saveNotes(); err != nil {
			return err
		}
		return e.saveAccounts()
	})
	if err != nil {
		return err
	}
	return ix.letGo(ctx)
}

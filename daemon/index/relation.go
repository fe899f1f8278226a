package index

import (
	"context"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// Follows reports whether a follows b, as far as a's repository is held here.
func (ix *Index) Follows(ctx context.Context, a, b content.AccountID) (follows bool, err error) {
	err = ix.kv.View(ctx, func(tx *store.Tx) error {
		follows, err = tx.Has(pairKey(tagFollowing, a, b))
		return err
	})
	return follows, err
}

// Following returns accounts that an account follows, in the order of their keys
// from behind cursor, at most limit of them and [MaxLimit]; and the cursor for
// the next ones, which is zero at the end.
func (ix *Index) Following(ctx context.Context, account, cursor content.AccountID, limit int) ([]Account, content.AccountID, error) {
	return ix.related(ctx, key(tagFollowing, account[:]), cursor, limit)
}

// Followers is as [Index.Following], of the accounts held here that follow an
// account.
func (ix *Index) Followers(ctx context.Context, account, cursor content.AccountID, limit int) ([]Account, content.AccountID, error) {
	return ix.related(ctx, key(tagFollowers, account[:]), cursor, limit)
}

func (ix *Index) related(ctx context.Context, prefix []byte, cursor content.AccountID, limit int) ([]Account, content.AccountID, error) {
	var none content.AccountID
	limit = Page{Limit: limit}.limit()
	span := store.Span{Prefix: prefix, KeysOnly: true}
	if !cursor.IsZero() {
		span.Start = append(append(slices.Clone(prefix), cursor[:]...), 0)
	}
	var ids []content.AccountID
	err := ix.kv.View(ctx, func(tx *store.Tx) error {
		keys, _, err := readPage(tx, span, limit+1)
		for _, k := range keys {
			ids = append(ids, lastAccount(k))
		}
		return err
	})
	if err != nil {
		return nil, none, err
	}
	next := none
	if len(ids) > limit {
		ids = ids[:limit]
		next = ids[limit-1]
	}
	found := make([]Account, 0, len(ids))
	for _, id := range ids {
		a, err := ix.Account(ctx, id)
		if content.KindOf(err) == content.NotFound {
			continue // unfollowed since
		}
		if err != nil {
			return nil, none, err
		}
		found = append(found, a)
	}
	return found, next, nil
}

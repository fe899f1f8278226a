package index

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
)

// ReblogID returns the id of an account's reblog of a post or a comment. That of a
// comment, and one that is dated in the future, is in no timeline and leads nowhere.
// Kind NotFound if the account has not reblogged it, as far as is known here.
func (ix *Index) ReblogID(ctx context.Context, actor content.AccountID, subject content.URI) (StatusID, error) {
	const op = "index.ReblogID"
	var r reaction
	var known bool
	err := ix.kv.View(ctx, func(tx *store.Tx) (err error) {
		r, known, err = (&edit{tx: tx}).reactionOf(aReblog, actor, record.ReblogKey(record.SubjectOf(subject)))
		return err
	})
	if err == nil && !known {
		err = content.Errorf(op, content.NotFound, "the account has not reblogged this")
	}
	var id StatusID
	if err == nil {
		id, err = ix.idOf(ctx, r.status())
	}
	switch {
	case err != nil:
		return 0, content.E(op, content.Other, err)
	case id == 0:
		return firstID(r.status()), nil
	}
	return id, nil
}

package index

import (
	"context"
	"maps"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// gainFollowed enters the posts and reblogs of those whom changes follow into the home of a
// viewer whose changes they are. Also of those who were followed before: an
// interruption may have come between the follow and the posts.
func (ix *Index) gainFollowed(ctx context.Context, viewer content.AccountID, changes []loaded) error {
	if !ix.views(viewer) {
		return nil
	}
	for _, l := range changes {
		if l.path.Collection() != content.CollectionFollow || !l.shown {
			continue
		}
		if err := ix.gain(ctx, viewer, l.subject); err != nil {
			return err
		}
	}
	return nil
}

// loseUnfollowed takes the posts of those whom changes follow no longer out of
// the home of a viewer whose changes they are.
func (ix *Index) loseUnfollowed(ctx context.Context, viewer content.AccountID, changes []loaded) error {
	if !ix.views(viewer) {
		return nil
	}
	for _, l := range changes {
		collection, rkey := l.path.Split()
		if collection != content.CollectionFollow || l.shown {
			continue
		}
		if err := ix.lose(ctx, viewer, rkey); err != nil {
			return err
		}
	}
	return nil
}

func (ix *Index) gain(ctx context.Context, viewer, author content.AccountID) error {
	for _, tag := range []byte{tagPosts, tagReblogs} {
		err := ix.walk(ctx, key(tag, author[:]), func(e *edit, k, v []byte) error {
			return e.tx.Set(homeKey(viewer, lastID(k)), v)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (ix *Index) lose(ctx context.Context, viewer content.AccountID, rkey string) error {
	var author content.AccountID
	var known bool
	err := ix.kv.View(ctx, func(tx *store.Tx) (err error) {
		author, known, err = followed(tx, viewer, rkey)
		return err
	})
	if err != nil || !known {
		return err
	}
	for _, tag := range []byte{tagPosts, tagReblogs} {
		err := ix.walk(ctx, key(tag, author[:]), func(e *edit, k, _ []byte) error {
			return e.tx.Delete(homeKey(viewer, lastID(k)))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// hostViewers gives each viewer a home and notifications, from what is indexed already,
// and takes them away from accounts that are not viewers any more.
func (ix *Index) hostViewers(ctx context.Context) error {
	had := make(map[content.AccountID]bool)
	err := ix.kv.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: []byte{tagViewer}, KeysOnly: true}, func(k, _ []byte) bool {
			had[lastAccount(k)] = true
			return true
		})
	})
	if err != nil {
		return err
	}
	var come []content.AccountID
	for _, v := range ix.viewers {
		if !had[v] {
			come = append(come, v)
		}
		delete(had, v)
	}
	if err := ix.renotify(ctx, come, slices.Collect(maps.Keys(had))); err != nil {
		return err
	}
	for _, v := range come {
		if err := ix.fillHome(ctx, v); err != nil {
			return err
		}
	}
	for v := range had {
		if err := ix.dropHome(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

func (ix *Index) fillHome(ctx context.Context, viewer content.AccountID) error {
	authors := []content.AccountID{viewer}
	err := ix.kv.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: key(tagFollowing, viewer[:]), KeysOnly: true}, func(k, _ []byte) bool {
			authors = append(authors, lastAccount(k))
			return true
		})
	})
	if err != nil {
		return err
	}
	for _, author := range authors {
		if err := ix.gain(ctx, viewer, author); err != nil {
			return err
		}
	}
	return ix.kv.Update(ctx, func(tx *store.Tx) error { return tx.Set(key(tagViewer, viewer[:]), nil) })
}

func (ix *Index) dropHome(ctx context.Context, viewer content.AccountID) error {
	if err := ix.remove(ctx, key(tagHome, viewer[:])); err != nil {
		return err
	}
	return ix.kv.Update(ctx, func(tx *store.Tx) error { return tx.Delete(key(tagViewer, viewer[:])) })
}

// remove deletes all keys with a prefix.
func (ix *Index) remove(ctx context.Context, prefix []byte) error {
	return ix.walk(ctx, prefix, func(e *edit, k, _ []byte) error { return e.tx.Delete(k) })
}

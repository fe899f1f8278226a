package index

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// homeChange is a viewer's home that gains or loses the posts of somebody.
type homeChange struct {
	viewer, subject content.AccountID
	gain            bool
}

// putFollow enters a follow. Following oneself says nothing and is not entered.
func (e *edit) putFollow(actor content.AccountID, rkey string, subject content.AccountID) error {
	if actor == subject {
		return nil
	}
	if e.ix.views(actor) {
		// Also where the follow is known: a crash may have come before its posts.
		e.homes = append(e.homes, homeChange{actor, subject, true})
	}
	if known, err := e.tx.Has(followKey(actor, rkey)); err != nil || known {
		return err // the record key is a hash of the subject
	}
	for _, set := range []struct{ k, v []byte }{
		{pairKey(tagFollowing, actor, subject), nil},
		{pairKey(tagFollowers, subject, actor), nil},
		{followKey(actor, rkey), subject[:]},
	} {
		if err := e.tx.Set(set.k, set.v); err != nil {
			return err
		}
	}
	return e.countFollow(actor, subject, +1)
}

func (e *edit) deleteFollow(actor content.AccountID, rkey string) error {
	b, err := e.tx.Get(followKey(actor, rkey))
	if content.KindOf(err) == content.NotFound {
		return nil
	}
	if err != nil || len(b) != accountLen {
		return content.E("index.deleteFollow", content.Corrupt, err)
	}
	subject := content.AccountID(b)
	if e.ix.views(actor) {
		e.homes = append(e.homes, homeChange{actor, subject, false})
	}
	for _, k := range [][]byte{
		pairKey(tagFollowing, actor, subject), pairKey(tagFollowers, subject, actor), followKey(actor, rkey),
	} {
		if err := e.tx.Delete(k); err != nil {
			return err
		}
	}
	return e.countFollow(actor, subject, -1)
}

func (e *edit) countFollow(actor, subject content.AccountID, n int32) error {
	a, err := e.account(actor)
	if err != nil {
		return err
	}
	s, err := e.account(subject)
	if err != nil {
		return err
	}
	a.following += uint32(n)
	s.followers += uint32(n)
	return nil
}

// changeHomes brings homes up to changed follows, in their order.
func (ix *Index) changeHomes(ctx context.Context, changes []homeChange) error {
	for _, c := range changes {
		err := ix.walk(ctx, key(tagPosts, c.subject[:]), func(e *edit, k, v []byte) error {
			h := homeKey(c.viewer, lastID(k))
			if c.gain {
				return e.tx.Set(h, v)
			}
			return e.tx.Delete(h)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// hostViewers gives each viewer a home, from what is indexed already, and takes
// the homes away of accounts that are not viewers any more.
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
	for _, v := range ix.viewers {
		if !had[v] {
			if err := ix.fillHome(ctx, v); err != nil {
				return err
			}
		}
		delete(had, v)
	}
	for v := range had {
		if err := ix.dropHome(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

func (ix *Index) fillHome(ctx context.Context, viewer content.AccountID) error {
	changes := []homeChange{{viewer, viewer, true}}
	err := ix.kv.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: key(tagFollowing, viewer[:]), KeysOnly: true}, func(k, _ []byte) bool {
			changes = append(changes, homeChange{viewer, lastAccount(k), true})
			return true
		})
	})
	if err != nil {
		return err
	}
	if err := ix.changeHomes(ctx, changes); err != nil {
		return err
	}
	return ix.kv.Update(ctx, func(tx *store.Tx) error { return tx.Set(key(tagViewer, viewer[:]), nil) })
}

func (ix *Index) dropHome(ctx context.Context, viewer content.AccountID) error {
	err := ix.walk(ctx, key(tagHome, viewer[:]), func(e *edit, k, _ []byte) error { return e.tx.Delete(k) })
	if err != nil {
		return err
	}
	return ix.kv.Update(ctx, func(tx *store.Tx) error { return tx.Delete(key(tagViewer, viewer[:])) })
}

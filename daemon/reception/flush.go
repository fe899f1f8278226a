package reception

import (
	"context"
	"slices"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
)

// soiled is a post whose list is to be brought up to date.
type soiled struct {
	post postName
	dirty
}

// flush lists what was accepted, and reports whether there is more to do.
func (r *Reception) flush(ctx context.Context) (again bool, err error) {
	posts, err := r.soiled(ctx)
	if err != nil {
		return false, err
	}
	byAccount := make(map[content.AccountID][]soiled)
	for _, s := range posts {
		byAccount[s.post.account] = append(byAccount[s.post.account], s)
	}
	for account, list := range byAccount {
		h, hosted := r.Replica.Hosted(account)
		if !hosted {
			continue // written elsewhere by now
		}
		if len(list) > maxPosts {
			list, again = list[:maxPosts], true
		}
		more, failed := r.flushAccount(ctx, h, list)
		again = again || more
		if failed != nil {
			err = failed
		}
	}
	return again, err
}

func (r *Reception) soiled(ctx context.Context) ([]soiled, error) {
	var list []soiled
	err := r.room.View(ctx, func(tx *store.Tx) error {
		var keys [][]byte
		err := tx.Scan(store.Span{Prefix: []byte{tagDirty}, KeysOnly: true}, func(k, _ []byte) bool {
			keys = append(keys, k)
			return true
		})
		for _, k := range keys {
			if err != nil {
				return err
			}
			s := soiled{post: postName{content.AccountID(k[1:33]), content.TID(numberOf(k[33:]))}}
			s.dirty, _, err = read[dirty](tx, k)
			list = append(list, s)
		}
		return err
	})
	return list, err
}

// edition is what a post's list will be.
type edition struct {
	soiled           // what of it is done with, once it is published
	op      *repo.Op // nil if nothing changes
	pages   []content.Block
	changes []noted
	later   bool // a tally is counted another time
}

// flushAccount publishes the lists of an account's posts in one commit. The pages are
// on disk before it, and kept from collection until it has pinned them.
func (r *Reception) flushAccount(ctx context.Context, h *replica.Hosted, list []soiled) (again bool, err error) {
	var editions []edition
	var ops []repo.Op
	var pages []content.Block
	for _, s := range list {
		e, failed := r.edit(ctx, h, s)
		if failed != nil {
			err = failed // the others are published all the same
			continue
		}
		again = again || e.later
		editions = append(editions, e)
		if e.op != nil {
			ops, pages = append(ops, *e.op), append(pages, e.pages...)
		}
	}
	if len(ops) > 0 {
		if failed := r.publish(ctx, h, ops, pages); failed != nil {
			return true, failed
		}
	}
	for _, e := range editions {
		if failed := r.clean(ctx, e); failed != nil {
			return true, failed
		}
	}
	return again, err
}

func (r *Reception) publish(ctx context.Context, h *replica.Hosted, ops []repo.Op, pages []content.Block) error {
	name := "reception/" + h.ID().Fingerprint()
	for some := range slices.Chunk(pages, 64) {
		if err := r.Store.Put(ctx, some...); err != nil {
			return err
		}
	}
	if len(pages) > 0 {
		if err := r.Store.Hold(ctx, name, cidsOf(pages), r.Now().Add(time.Hour)); err != nil {
			return err
		}
	}
	change, err := h.Apply(ctx, ops)
	if change == nil {
		return err
	}
	if err != nil { // a watcher's: the change is made
		r.Log.Warn("a list of responses is published, but not all were told", "account", h.ID(), "error", err)
	}
	return r.Store.Release(ctx, name)
}

// clean forgets what is published, unless it changed meanwhile.
func (r *Reception) clean(ctx context.Context, e edition) error {
	return r.update(ctx, 100*len(e.changes)+100, func(tx *store.Tx) error {
		for _, ch := range e.changes {
			now, there, err := read[change](tx, ch.key)
			if err == nil && there && now.Seq == ch.Seq {
				err = tx.Delete(ch.key)
			}
			if err != nil {
				return err
			}
		}
		k := e.post.key(tagDirty)
		now, there, err := read[dirty](tx, k)
		if err != nil || !there {
			return err
		}
		now.less(e.dirty)
		if now == (dirty{}) {
			return tx.Delete(k)
		}
		return write(tx, k, now)
	})
}

// less takes out what is as it was.
func (d *dirty) less(was dirty) {
	for _, kind := range []content.Collection{content.CollectionComment, content.CollectionLike, content.CollectionReblog} {
		if now := d.of(kind); *now == *was.of(kind) {
			*now = 0
		}
	}
}

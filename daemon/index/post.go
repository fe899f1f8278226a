package index

import (
	"context"
	"encoding/binary"

	"rossgram.app/content"
)

// putPost enters a post, or another version of it.
//
// A post dated ahead of its own repository is made by a wrong clock or in order
// to stand at the top for ever. It waits, unseen, until its author has committed
// something at most [content.MaxClockSkew] before its time: the author's rev and
// not the reader's clock decides, so that every build of the index decides alike.
// Revs themselves can't be far in the future; package repo refuses such heads.
func (e *edit) putPost(p postEntry, version content.Version) error {
	id, known, err := e.idOf(p.status())
	if err != nil {
		return err
	}
	if !known {
		if !due(p.tid, version.Rev) {
			return e.tx.Set(waitingKey(p.postRef), p.digest[:])
		}
		if id, err = e.newID(p.status()); err != nil || id == 0 {
			return err
		}
		author, err := e.account(p.author)
		if err != nil {
			return err
		}
		author.posts++
	}
	return e.writePost(id, p)
}

// due reports whether a post may be seen in a repository of this rev.
func due(tid, rev content.TID) bool {
	return !tid.Time().After(rev.Time().Add(content.MaxClockSkew))
}

func (e *edit) idOf(r statusRef) (StatusID, bool, error) {
	b, err := e.tx.Get(uriKey(r))
	if content.KindOf(err) == content.NotFound {
		return 0, false, nil
	}
	if err != nil || len(b) != 8 {
		return 0, false, content.E("index.idOf", content.Corrupt, err)
	}
	return StatusID(binary.BigEndian.Uint64(b)), true, nil
}

func (e *edit) writePost(id StatusID, p postEntry) error {
	value := p.bytes()
	sets := [][]byte{statusKey(id), postsKey(p.author, id)}
	for _, v := range e.ix.viewers {
		sees, err := e.sees(v, p.author)
		if err != nil {
			return err
		}
		if sees {
			sets = append(sets, homeKey(v, id))
		}
	}
	for _, k := range sets {
		if err := e.tx.Set(k, value); err != nil {
			return err
		}
	}
	return nil
}

// sees reports whether a viewer's home has the posts of an author.
func (e *edit) sees(viewer, author content.AccountID) (bool, error) {
	if viewer == author {
		return true, nil
	}
	return e.tx.Has(pairKey(tagFollowing, viewer, author))
}

// deletePost removes a post for good.
func (e *edit) deletePost(r postRef) error {
	id, known, err := e.idOf(r.status())
	if err != nil {
		return err
	}
	if err := e.tx.Delete(waitingKey(r)); err != nil || !known {
		return err
	}
	return e.removePost(r, id, dropIDs)
}

// removePost takes a post out of all views.
func (e *edit) removePost(r postRef, id StatusID, ids fate) error {
	author, err := e.account(r.author)
	if err != nil {
		return err
	}
	author.posts--
	gone := [][]byte{postsKey(r.author, id)}
	for _, v := range e.ix.viewers {
		gone = append(gone, homeKey(v, id))
	}
	if err := e.delete(gone...); err != nil {
		return err
	}
	return e.dropID(r.status(), id, ids)
}

// admit lets in the posts of an account that waited for their time.
func (ix *Index) admit(ctx context.Context, account content.AccountID, version content.Version) error {
	return ix.walk(ctx, key(tagWaiting, account[:]), func(e *edit, k, v []byte) error {
		r := postRef{account, content.TID(lastID(k))}
		if !due(r.tid, version.Rev) || len(v) != digestLen {
			return nil
		}
		if err := e.tx.Delete(k); err != nil {
			return err
		}
		return e.putPost(postEntry{r, [digestLen]byte(v)}, version)
	})
}

package index

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/repo"
)

// Forget removes all that an account said: its posts, profile and follows. That
// others follow it is theirs to say and stays. An account that is not indexed is
// no error.
func (ix *Index) Forget(ctx context.Context, account content.AccountID) error {
	return ix.forget(ctx, account, dropIDs)
}

// Replace forgets an account and enters it anew: changes are all its records at
// version, as [repo.NewChange] gives them from the zero Head. Its posts keep
// their ids.
func (ix *Index) Replace(ctx context.Context, account content.AccountID, version content.Version, changes []repo.RecordChange) error {
	if err := ix.forget(ctx, account, keepIDs); err != nil {
		return err
	}
	return ix.Apply(ctx, account, version, changes)
}

// fate says what becomes of the ids that had to move.
type fate bool

const (
	dropIDs fate = false
	keepIDs fate = true
)

func (ix *Index) forget(ctx context.Context, account content.AccountID, ids fate) error {
	const op = "index.Forget"
	ix.writing.Lock()
	defer ix.writing.Unlock()
	// First the version: what a crash leaves half done is known to be old.
	err := ix.edit(ctx, func(e *edit) error {
		s, err := e.account(account)
		if err != nil {
			return err
		}
		s.version = content.Version{}
		return e.setProfile(account, [digestLen]byte{}, nil)
	})
	if err != nil {
		return content.E(op, content.Other, err)
	}
	if err := ix.forgetPosts(ctx, account, ids); err != nil {
		return content.E(op, content.Other, err)
	}
	if err := ix.forgetFollows(ctx, account); err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

func (ix *Index) forgetPosts(ctx context.Context, account content.AccountID, ids fate) error {
	err := ix.walk(ctx, key(tagPosts, account[:]), func(e *edit, k, v []byte) error {
		p, err := parseEntry(v)
		if err != nil {
			return err
		}
		if ids == keepIDs {
			return e.removePost(p.postRef, lastID(k))
		}
		return e.deletePost(p.postRef)
	})
	if err != nil {
		return err
	}
	return ix.walk(ctx, key(tagWaiting, account[:]), func(e *edit, k, _ []byte) error { return e.tx.Delete(k) })
}

func (ix *Index) forgetFollows(ctx context.Context, account content.AccountID) error {
	var homes []homeChange
	prefix := key(tagFollowKey, account[:])
	err := ix.walk(ctx, prefix, func(e *edit, k, _ []byte) error {
		err := e.deleteFollow(account, string(k[len(prefix):]))
		homes = append(homes, e.homes...)
		e.homes = nil
		return err
	})
	if err != nil {
		return err
	}
	return ix.changeHomes(ctx, homes)
}

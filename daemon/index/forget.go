package index

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/repo"
)

// incomplete is the version of an account of which something is entered but not
// all, or not removed yet: it is below every version of a repository.
var incomplete = content.Version{Rev: 1}

// Forget removes all that an account said: its posts, profile, follows and responses.
// That
// others follow it is theirs to say and stays. An account that is not indexed is
// no error.
func (ix *Index) Forget(ctx context.Context, account content.AccountID) error {
	const op = "index.Forget"
	defer ix.takeTurn(account)()
	if err := ix.forget(ctx, account, dropIDs); err != nil {
		return content.E(op, content.Other, err)
	}
	if err := ix.mark(ctx, account, content.Version{}); err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// Replace forgets an account and enters it anew: changes are all its records at
// version, as [repo.NewChange] gives them from the zero Head. Its posts keep
// their ids.
func (ix *Index) Replace(ctx context.Context, account content.AccountID, version content.Version, changes []repo.RecordChange) error {
	const op = "index.Replace"
	defer ix.takeTurn(account)()
	if err := ix.forget(ctx, account, keepIDs); err != nil {
		return content.E(op, content.Other, err)
	}
	if err := ix.enter(ctx, account, version, changes); err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// fate says what becomes of the ids that had to move.
type fate bool

const (
	dropIDs fate = false
	keepIDs fate = true
)

// forget leaves an account incomplete, with nothing entered.
func (ix *Index) forget(ctx context.Context, account content.AccountID, ids fate) error {
	have, err := ix.Version(ctx, account)
	if err != nil || have == (content.Version{}) {
		return err
	}
	// First the mark: what an interruption leaves is known to be half done.
	if err := ix.mark(ctx, account, incomplete); err != nil {
		return err
	}
	ix.writing.Lock()
	defer ix.writing.Unlock()
	if err := ix.forgetFollows(ctx, account); err != nil {
		return err
	}
	if err := ix.forgetPosts(ctx, account, ids); err != nil {
		return err
	}
	if err := ix.forgetResponses(ctx, account, ids); err != nil {
		return err
	}
	return ix.forgetNotices(ctx, account)
}

// forgetResponses removes what an account said to others' posts, and what it lists
// under its own.
func (ix *Index) forgetResponses(ctx context.Context, account content.AccountID, ids fate) error {
	prefix := key(tagReactionKey, account[:])
	err := ix.walk(ctx, prefix, func(e *edit, k, _ []byte) error {
		return e.deleteReaction(k[len(prefix)], account, string(k[len(prefix)+1:]), ids)
	})
	if err != nil {
		return err
	}
	err = ix.walk(ctx, key(tagSaid, account[:]), func(e *edit, k, _ []byte) error {
		return e.deleteComment(parseRef(k[1:]), ids)
	})
	if err != nil {
		return err
	}
	posts, err := ix.collect(ctx, key(tagResponses, account[:]))
	for _, k := range posts {
		if err != nil {
			break
		}
		err = ix.dropResponses(ctx, parseRef(k[1:]), ids)
	}
	return err
}

// mark sets an account's version and takes its profile away.
func (ix *Index) mark(ctx context.Context, account content.AccountID, version content.Version) error {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	return ix.edit(ctx, func(e *edit) error {
		s, err := e.account(account)
		if err != nil {
			return err
		}
		s.version = version
		return e.setProfile(account, [digestLen]byte{}, "")
	})
}

// forgetFollows removes an account's follows; a viewer's home, of which without
// them and its own posts nothing stays, before them.
func (ix *Index) forgetFollows(ctx context.Context, account content.AccountID) error {
	if ix.views(account) {
		if err := ix.remove(ctx, key(tagHome, account[:])); err != nil {
			return err
		}
	}
	prefix := key(tagFollowKey, account[:])
	return ix.walk(ctx, prefix, func(e *edit, k, _ []byte) error {
		return e.deleteFollow(account, string(k[len(prefix):]))
	})
}

func (ix *Index) forgetPosts(ctx context.Context, account content.AccountID, ids fate) error {
	err := ix.walk(ctx, key(tagPosts, account[:]), func(e *edit, k, v []byte) error {
		p, err := parseEntry(v)
		if err != nil {
			return err
		}
		if ids == keepIDs {
			return e.removePost(p.postRef, lastID(k), keepIDs)
		}
		return e.deletePost(p.postRef)
	})
	if err != nil {
		return err
	}
	return ix.remove(ctx, key(tagWaiting, account[:]))
}

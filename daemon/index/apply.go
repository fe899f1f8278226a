package index

import (
	"context"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
)

// Apply enters the changes that led an account from one version to another; from
// the zero Version they are all its records. Those to a version that is not above
// the one applied last are there already and change nothing. Kind Conflict if the
// account is not at from: a step is missing, and [Index.Replace] makes up for it.
//
// Where changes are many they are entered in several transactions, of which the
// last notes the version: after a failure in between, applying them again gives
// the same result.
//
// A record that can't be read is passed over; see [Index.Skipped].
func (ix *Index) Apply(ctx context.Context, account content.AccountID, from, to content.Version, changes []repo.RecordChange) error {
	const op = "index.Apply"
	defer ix.takeTurn(account)()
	have, err := ix.Version(ctx, account)
	switch {
	case err != nil:
		return content.E(op, content.Other, err)
	case to.Compare(have) <= 0:
		return nil
	case have != from:
		return content.Errorf(op, content.Conflict, "a step of "+account.String()+" is missing in the index; build it anew with rossgram reindex")
	}
	if err := ix.enter(ctx, account, to, changes); err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// enter enters changes, in steps. It takes the account's turn to call it.
func (ix *Index) enter(ctx context.Context, account content.AccountID, version content.Version, changes []repo.RecordChange) error {
	for chunk := range slices.Chunk(changes, ix.step) {
		if err := ix.applyStep(ctx, account, version, chunk); err != nil {
			return err
		}
	}
	return ix.finish(ctx, account, version)
}

// applyStep enters some changes in one transaction. A viewer's home loses the
// posts of whom it follows no longer before, and gains others' after it: so what
// an interruption leaves undone, the next attempt still sees to be done.
func (ix *Index) applyStep(ctx context.Context, account content.AccountID, version content.Version, changes []repo.RecordChange) error {
	var list []loaded
	for _, change := range changes {
		if !indexed(change.Path.Collection()) {
			continue
		}
		l, err := ix.load(ctx, account, change)
		if err != nil {
			return err
		}
		list = append(list, l)
	}
	ix.writing.Lock()
	defer ix.writing.Unlock()
	if err := ix.loseUnfollowed(ctx, account, list); err != nil {
		return err
	}
	err := ix.edit(ctx, func(e *edit) error {
		if err := e.begin(account); err != nil {
			return err
		}
		for _, l := range list {
			if err := e.apply(account, version, l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := ix.gainFollowed(ctx, account, list); err != nil {
		return err
	}
	return ix.listAll(ctx, account, list)
}

func indexed(c content.Collection) bool {
	switch c {
	case content.CollectionProfile, content.CollectionPost, content.CollectionFollow,
		content.CollectionLike, content.CollectionReblog, content.CollectionComment, content.CollectionResponses:
		return true
	}
	return false
}

// finish lets posts in whose time has come, and notes the version.
func (ix *Index) finish(ctx context.Context, account content.AccountID, version content.Version) error {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	if err := ix.admit(ctx, account, version); err != nil {
		return err
	}
	if err := ix.admitReblogs(ctx, account, version); err != nil {
		return err
	}
	return ix.edit(ctx, func(e *edit) error {
		s, err := e.account(account)
		if err == nil {
			s.version = version
		}
		return err
	})
}

// begin marks an account of which nothing was entered yet as incomplete.
func (e *edit) begin(account content.AccountID) error {
	s, err := e.account(account)
	if err == nil && s.version == (content.Version{}) {
		s.version = incomplete
	}
	return err
}

// apply enters one change. What an author lists under a post is for [Index.listAll].
func (e *edit) apply(account content.AccountID, version content.Version, l loaded) error {
	if err := e.notify(account, l.path, l.notices); err != nil {
		return err
	}
	collection, rkey := l.path.Split()
	switch collection {
	case content.CollectionLike:
		return e.applyReaction(reaction{kind: aLike, actor: account, rkey: rkey}, l, version)
	case content.CollectionReblog:
		return e.applyReaction(reaction{kind: aReblog, actor: account, rkey: rkey}, l, version)
	case content.CollectionComment:
		tid, err := content.ParseTID(rkey)
		switch ref := (postRef{account, tid}); {
		case err == nil && l.shown:
			return e.putComment(ref, subjectIn(l.about), l.digest)
		case err == nil:
			return e.deleteComment(ref, dropIDs)
		}
	case content.CollectionPost:
		tid, err := content.ParseTID(rkey)
		switch ref := (postRef{account, tid}); {
		case err == nil && l.shown:
			return e.putPost(postEntry{ref, l.digest}, version)
		case err == nil:
			return e.deletePost(ref)
		}
	case content.CollectionFollow:
		if l.shown {
			return e.putFollow(account, rkey, l.subject)
		}
		return e.deleteFollow(account, rkey)
	case content.CollectionProfile:
		if rkey != record.ProfileKey {
			return nil
		}
		if l.shown {
			return e.setProfile(account, l.digest, l.name)
		}
		return e.setProfile(account, [digestLen]byte{}, "")
	}
	return nil
}

func (e *edit) applyReaction(r reaction, l loaded, version content.Version) error {
	if !l.shown {
		return e.deleteReaction(r.kind, r.actor, r.rkey, dropIDs)
	}
	subject, ok := subjectOf(l.about)
	if !ok {
		return nil // record.Check has seen to it
	}
	r.subject, r.digest, r.created = subject, l.digest, l.created
	return e.putReaction(r, version)
}

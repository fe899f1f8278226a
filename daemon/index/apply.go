package index

import (
	"context"
	"slices"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
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

// loaded is a change with what is entered of the record that it sets. Records
// themselves are not kept: a step's largest would take 50 MiB.
type loaded struct {
	path   content.Path
	digest [digestLen]byte
	shown  bool // it sets a record, and one that can be shown

	subject content.AccountID // of a follow
	name    string            // of a profile
	about   content.URI       // of a like, a reblog or a comment
	created record.Time       // of a like or a reblog
	notices []notice
}

// load reads a change's record, outside of any transaction.
func (ix *Index) load(ctx context.Context, account content.AccountID, change repo.RecordChange) (loaded, error) {
	l := loaded{path: change.Path}
	if !change.New.Defined() {
		return l, nil
	}
	l.digest = digestOf(change.New)
	r, err := ix.records.get(ctx, l.digest)
	if ours(err) {
		return l, err
	}
	if l.shown = err == nil && record.Check(change.Path, r) == nil; !l.shown {
		ix.skipped.Add(1)
		return l, nil
	}
	switch r := r.(type) {
	case *record.Follow:
		l.subject = r.Subject
	case *record.Profile:
		l.name = r.Name
	case *record.Like:
		l.about, l.created = r.Subject.URI(), r.Created
	case *record.Reblog:
		l.about, l.created = r.Subject.URI(), r.Created
	case *record.Comment:
		l.about = r.Post.URI()
	}
	l.notices = noticesOf(account, change.Path, r)
	return l, nil
}

// ours reports whether reading a record failed for a reason that is this node's,
// not the record's.
func ours(err error) bool {
	switch content.KindOf(err) {
	case content.Other, content.Unavailable, content.Permission:
		return err != nil
	}
	return false
}

func digestOf(c cid.Cid) (d [digestLen]byte) {
	if h := c.Hash(); len(h) >= digestLen {
		copy(d[:], h[len(h)-digestLen:])
	}
	return d
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

// edit is one transaction. Accounts it changes are kept until its end, so that
// counting a thousand posts writes one key.
type edit struct {
	ix       *Index
	ctx      context.Context
	tx       *store.Tx
	accounts map[content.AccountID]*accountState
	notes    map[noteKey]*note
}

func (ix *Index) edit(ctx context.Context, f func(*edit) error) error {
	err := ix.kv.Update(ctx, func(tx *store.Tx) error {
		e := &edit{ix: ix, ctx: ctx, tx: tx, accounts: make(map[content.AccountID]*accountState)}
		if err := f(e); err != nil {
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

// walk goes through all keys with a prefix, a step in each transaction. What f
// deletes, or adds elsewhere, does not disturb it.
func (ix *Index) walk(ctx context.Context, prefix []byte, f func(e *edit, key, value []byte) error) error {
	for start, more := []byte(nil), true; more; {
		err := ix.edit(ctx, func(e *edit) error {
			keys, values, err := readPage(e.tx, store.Span{Prefix: prefix, Start: start}, ix.step)
			if err != nil {
				return err
			}
			for i := range keys {
				if err := f(e, keys[i], values[i]); err != nil {
					return err
				}
			}
			if more = len(keys) == ix.step; more {
				start = append(keys[len(keys)-1], 0)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func readPage(tx *store.Tx, span store.Span, limit int) (keys, values [][]byte, err error) {
	err = tx.Scan(span, func(k, v []byte) bool {
		keys, values = append(keys, k), append(values, v)
		return len(keys) < limit
	})
	return keys, values, err
}

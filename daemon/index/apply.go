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

// Apply enters the changes that led an account to version. Those of a version
// that is not above the one applied last are there already and change nothing.
// Where they are many they are entered in several transactions, of which the
// last notes the version: after a crash in between, applying them again gives
// the same result.
//
// A record that can't be read is passed over; see [Index.Skipped].
func (ix *Index) Apply(ctx context.Context, account content.AccountID, version content.Version, changes []repo.RecordChange) error {
	const op = "index.Apply"
	have, err := ix.Version(ctx, account)
	if err != nil {
		return content.E(op, content.Other, err)
	}
	if version.Compare(have) <= 0 {
		return nil
	}
	for chunk := range slices.Chunk(changes, ix.step) {
		if err := ix.applyStep(ctx, account, version, chunk); err != nil {
			return content.E(op, content.Other, err)
		}
	}
	if err := ix.finish(ctx, account, version); err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// loaded is a change with the record that it sets; nil if it sets none that can
// be shown.
type loaded struct {
	path   content.Path
	digest [digestLen]byte
	record record.Record
}

// load reads a change's record, outside of any transaction.
func (ix *Index) load(ctx context.Context, change repo.RecordChange) (loaded, error) {
	l := loaded{path: change.Path}
	if !change.New.Defined() {
		return l, nil
	}
	l.digest = digestOf(change.New)
	r, err := ix.records.get(ctx, l.digest)
	switch content.KindOf(err) {
	case content.Other, content.Unavailable, content.Permission:
		if err != nil {
			return l, err
		}
	}
	if err != nil || record.Check(change.Path, r) != nil {
		ix.skipped.Add(1)
		return l, nil
	}
	l.record = r
	return l, nil
}

func digestOf(c cid.Cid) (d [digestLen]byte) {
	if h := c.Hash(); len(h) >= digestLen {
		copy(d[:], h[len(h)-digestLen:])
	}
	return d
}

// applyStep enters some changes in one transaction, and then brings the homes up
// of viewers whose follows they are.
func (ix *Index) applyStep(ctx context.Context, account content.AccountID, version content.Version, changes []repo.RecordChange) error {
	var list []loaded
	for _, change := range changes {
		if !indexed(change.Path.Collection()) {
			continue
		}
		l, err := ix.load(ctx, change)
		if err != nil {
			return err
		}
		list = append(list, l)
	}
	ix.writing.Lock()
	defer ix.writing.Unlock()
	var homes []homeChange
	err := ix.edit(ctx, func(e *edit) error {
		for _, l := range list {
			if err := e.apply(account, version, l); err != nil {
				return err
			}
		}
		homes = e.homes
		return nil
	})
	if err != nil {
		return err
	}
	return ix.changeHomes(ctx, homes)
}

func indexed(c content.Collection) bool {
	switch c {
	case content.CollectionProfile, content.CollectionPost, content.CollectionFollow:
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
	homes    []homeChange
}

func (ix *Index) edit(ctx context.Context, f func(*edit) error) error {
	return ix.kv.Update(ctx, func(tx *store.Tx) error {
		e := &edit{ix: ix, ctx: ctx, tx: tx, accounts: make(map[content.AccountID]*accountState)}
		if err := f(e); err != nil {
			return err
		}
		return e.saveAccounts()
	})
}

// apply enters one change.
func (e *edit) apply(account content.AccountID, version content.Version, l loaded) error {
	collection, rkey := l.path.Split()
	switch collection {
	case content.CollectionPost:
		tid, err := content.ParseTID(rkey)
		if err != nil {
			return nil // never entered
		}
		ref := postRef{account, tid}
		if _, ok := l.record.(*record.Post); !ok {
			return e.deletePost(ref)
		}
		return e.putPost(postEntry{ref, l.digest}, version)
	case content.CollectionFollow:
		if f, ok := l.record.(*record.Follow); ok {
			return e.putFollow(account, rkey, f.Subject)
		}
		return e.deleteFollow(account, rkey)
	case content.CollectionProfile:
		if rkey != record.ProfileKey {
			return nil
		}
		p, _ := l.record.(*record.Profile)
		return e.setProfile(account, l.digest, p)
	}
	return nil
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

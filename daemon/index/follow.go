package index

import (
	"rossgram.app/content"
	"rossgram.app/content/store"
)

// putFollow enters a follow. Following oneself says nothing and is not entered.
func (e *edit) putFollow(actor content.AccountID, rkey string, subject content.AccountID) error {
	if actor == subject {
		return nil
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
	subject, known, err := followed(e.tx, actor, rkey)
	if err != nil || !known {
		return err
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

// followed returns the subject of a follow by its record key.
func followed(tx *store.Tx, actor content.AccountID, rkey string) (subject content.AccountID, known bool, err error) {
	b, err := tx.Get(followKey(actor, rkey))
	if content.KindOf(err) == content.NotFound {
		return subject, false, nil
	}
	if err != nil {
		return subject, false, err
	}
	if len(b) != accountLen {
		return subject, false, content.Errorf("index.followed", content.Corrupt, "a damaged follow; build the index anew with rossgram reindex")
	}
	return content.AccountID(b), true, nil
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

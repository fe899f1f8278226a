package index

import (
	"context"
	"encoding/binary"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
)

// Account is what is known of an account here.
type Account struct {
	ID      content.AccountID
	Num     AccountNum
	Profile *record.Profile // nil until known; not to be changed
	// Posts and Following count the account's records; Followers counts the
	// follows of accounts that are held here.
	Posts, Following, Followers int
	LastPost                    time.Time // zero if there is none
	Created                     time.Time // as the profile says; zero if it is not known
}

// accountState is what the index keeps of an account. The zero state is not
// stored.
type accountState struct {
	version                     content.Version
	posts, following, followers uint32
	profile                     [digestLen]byte // zero if there is none
	name                        string          // the profile's, folded

	stored bool
}

const accountStateLen = 4 + 8 + 3*4 + digestLen

func (s *accountState) isZero() bool {
	empty := accountState{stored: s.stored}
	return *s == empty
}

// bytes is the fields in their order, the name last.
func (s *accountState) bytes() []byte {
	b := make([]byte, 0, accountStateLen+len(s.name))
	b = binary.BigEndian.AppendUint32(b, uint32(s.version.Epoch))
	b = binary.BigEndian.AppendUint64(b, uint64(s.version.Rev))
	for _, n := range []uint32{s.posts, s.following, s.followers} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	b = append(b, s.profile[:]...)
	return append(b, s.name...)
}

// readAccount returns the zero state for an account that is not known.
func readAccount(tx *store.Tx, id content.AccountID) (*accountState, error) {
	b, err := tx.Get(accountKey(id))
	if content.KindOf(err) == content.NotFound {
		return &accountState{}, nil
	}
	if err != nil {
		return nil, err
	}
	return parseAccountState(b)
}

func parseAccountState(b []byte) (*accountState, error) {
	if len(b) < accountStateLen {
		return nil, content.Errorf("index.parseAccountState", content.Corrupt, "a damaged account; build the index anew with rossgram reindex")
	}
	be := binary.BigEndian
	return &accountState{
		version: content.Version{Epoch: content.Epoch(be.Uint32(b)), Rev: content.TID(be.Uint64(b[4:]))},
		posts:   be.Uint32(b[12:]), following: be.Uint32(b[16:]), followers: be.Uint32(b[20:]),
		profile: [digestLen]byte(b[24:accountStateLen]), name: string(b[accountStateLen:]), stored: true,
	}, nil
}

// account returns the state of an account, to be changed.
func (e *edit) account(id content.AccountID) (*accountState, error) {
	if s := e.accounts[id]; s != nil {
		return s, nil
	}
	s, err := readAccount(e.tx, id)
	if err == nil {
		e.accounts[id] = s
	}
	return s, err
}

// saveAccounts writes the accounts that were looked at.
func (e *edit) saveAccounts() error {
	for id, s := range e.accounts {
		if s.isZero() && !s.stored {
			continue
		}
		num, fp := key(tagNum, NumberOf(id).bytes(), id[:]), fingerprintKey(id)
		write := e.tx.Set
		if s.isZero() {
			write = func(k, _ []byte) error { return e.tx.Delete(k) }
		}
		if s.isZero() || !s.stored {
			if err := write(num, nil); err != nil {
				return err
			}
			if err := write(fp, nil); err != nil {
				return err
			}
		}
		if err := write(accountKey(id), s.bytes()); err != nil {
			return err
		}
	}
	return nil
}

// fingerprintKey leads from a fingerprint to the account.
func fingerprintKey(id content.AccountID) []byte {
	return key(tagFingerprint, []byte(id.Fingerprint()), id[:])
}

// Version returns the version of an account that was applied last; the zero
// Version if none was. What was interrupted before its end has one that is below
// every version of a repository.
func (ix *Index) Version(ctx context.Context, account content.AccountID) (v content.Version, err error) {
	err = ix.kv.View(ctx, func(tx *store.Tx) error {
		s, err := readAccount(tx, account)
		if err == nil {
			v = s.version
		}
		return err
	})
	return v, err
}

// Versions returns the accounts that are indexed and the version of each that
// was applied last. One that is not held any more is to be forgotten; one whose
// head is newer is to be replaced.
func (ix *Index) Versions(ctx context.Context) (map[content.AccountID]content.Version, error) {
	all := make(map[content.AccountID]content.Version)
	err := ix.kv.View(ctx, func(tx *store.Tx) error {
		var damaged error
		err := tx.Scan(store.Span{Prefix: []byte{tagAccount}}, func(k, v []byte) bool {
			var s *accountState
			if s, damaged = parseAccountState(v); damaged != nil {
				return false
			}
			if s.version != (content.Version{}) {
				all[lastAccount(k)] = s.version
			}
			return true
		})
		if err == nil {
			err = damaged
		}
		return err
	})
	return all, err
}

// Account returns what is known of an account; kind NotFound if nothing is.
func (ix *Index) Account(ctx context.Context, id content.AccountID) (Account, error) {
	a := Account{ID: id, Num: NumberOf(id)}
	var s *accountState
	err := ix.kv.View(ctx, func(tx *store.Tx) (err error) {
		if s, err = readAccount(tx, id); err != nil {
			return err
		}
		newest := store.Span{Prefix: key(tagPosts, id[:]), Direction: store.Descending, KeysOnly: true}
		return tx.Scan(newest, func(k, _ []byte) bool {
			a.LastPost = lastID(k).Time()
			return false
		})
	})
	if err != nil {
		return Account{}, content.E("index.Account", content.Other, err)
	}
	if s.isZero() && !ix.views(id) {
		return Account{}, content.Errorf("index.Account", content.NotFound, "nothing is known of "+id.String())
	}
	a.Posts, a.Following, a.Followers = int(s.posts), int(s.following), int(s.followers)
	ix.addProfile(ctx, &a, s.profile)
	return a, nil
}

// addProfile reads the profile. One that can't be had now leaves the account
// without: its posts can be shown all the same.
func (ix *Index) addProfile(ctx context.Context, a *Account, digest [digestLen]byte) {
	if digest == [digestLen]byte{} {
		return
	}
	if r, err := ix.records.get(ctx, digest); err == nil {
		if p, ok := r.(*record.Profile); ok {
			a.Profile, a.Created = p, p.Created.Time()
		}
	}
}

// AccountByNum returns an account by its number; kind NotFound if it is not
// known here.
func (ix *Index) AccountByNum(ctx context.Context, n AccountNum) (Account, error) {
	for _, v := range ix.viewers {
		if NumberOf(v) == n {
			return ix.Account(ctx, v)
		}
	}
	ids, err := ix.accounts(ctx, key(tagNum, n.bytes()), 1)
	if err != nil || len(ids) == 0 {
		return Account{}, notKnown("index.AccountByNum", err)
	}
	return ix.Account(ctx, ids[0])
}

// accounts returns those at the end of the keys with a prefix, at most limit.
func (ix *Index) accounts(ctx context.Context, prefix []byte, limit int) (ids []content.AccountID, err error) {
	err = ix.kv.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: prefix, KeysOnly: true}, func(k, _ []byte) bool {
			ids = append(ids, lastAccount(k))
			return len(ids) < limit
		})
	})
	return ids, err
}

func notKnown(op string, err error) error {
	if err != nil {
		return content.E(op, content.Other, err)
	}
	return content.Errorf(op, content.NotFound, "no such account is known here; follow it by its invite or its did:key")
}

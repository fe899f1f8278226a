package index

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// StatusID is the number of a status on this node, decimal in the API: 44 bits of
// milliseconds since the Unix epoch, from the TID of a post or a comment or the time
// of a reblog, above 19 bits of the SHA-256 of author and TID, and for what is no post
// of what else names it. So ids grow with time, two authors with one TID have
// different ids, and building the index anew gives them again.
//
// Two statuses with one id happen, and can be made on purpose. The later one moves
// to another of the 2^19 ids of its millisecond, chosen at random, so that nobody
// can have taken all that a post would get; the choice is kept in the precious
// state, so that it does not change when the order of arrival does.
// Zero is no id.
type StatusID uint64

const (
	idHashBits = 19
	idMask     = 1<<idHashBits - 1
	// idAttempts is how many ids are tried for a post. That all are taken happens
	// to authors who fill a millisecond with hundreds of thousands of posts; what
	// is over is not shown.
	idAttempts = 64
)

// ParseStatusID reads the decimal form.
func ParseStatusID(s string) (StatusID, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || n == 0 || s[0] == '0' {
		return 0, content.Errorf("index.ParseStatusID", content.Invalid, "a status id is a decimal number")
	}
	return StatusID(n), nil
}

// String returns the decimal form.
func (id StatusID) String() string { return strconv.FormatUint(uint64(id), 10) }

// Time returns the moment of the status, to the millisecond, in UTC.
func (id StatusID) Time() time.Time { return time.UnixMilli(int64(id >> idHashBits)).UTC() }

func (id StatusID) bytes() []byte { return binary.BigEndian.AppendUint64(nil, uint64(id)) }

// firstID returns the id that a status has unless it is taken.
func firstID(r statusRef) StatusID {
	sum := sha256.Sum256(append([]byte("rossgram/1/status"), r.bytes()...))
	return idAt(r, binary.BigEndian.Uint64(sum[:]))
}

// idAt returns one of the ids of a status's millisecond.
func idAt(r statusRef, n uint64) StatusID {
	return StatusID(uint64(r.tid.Time().UnixMilli())<<idHashBits | n&idMask)
}

// assign chooses the id of a status that has none yet; zero if none is to be had.
func (ix *Index) assign(ctx context.Context, tx *store.Tx, r statusRef) (StatusID, error) {
	b, err := ix.state.Get(ctx, key(tagMoved, r.bytes()))
	if err == nil && len(b) == 8 {
		return StatusID(binary.BigEndian.Uint64(b)), nil
	}
	if err != nil && content.KindOf(err) != content.NotFound {
		return 0, err
	}
	first := firstID(r)
	for id, n := first, 0; n < idAttempts; id, n = idAt(r, rand.Uint64()), n+1 {
		free, err := ix.free(ctx, tx, id)
		if err != nil {
			return 0, err
		}
		if !free {
			continue
		}
		if id != first {
			err = ix.move(ctx, r, id)
		}
		return id, err
	}
	return 0, nil
}

// free reports whether no status has an id, and none is to have it after a rebuild.
func (ix *Index) free(ctx context.Context, tx *store.Tx, id StatusID) (bool, error) {
	if used, err := tx.Has(statusKey(id)); err != nil || used || id == 0 {
		return false, err
	}
	_, err := ix.state.Get(ctx, key(tagTaken, id.bytes()))
	if content.KindOf(err) == content.NotFound {
		return true, nil
	}
	return false, err
}

// move keeps the id of a status that could not have its first one.
func (ix *Index) move(ctx context.Context, r statusRef, id StatusID) error {
	return ix.state.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Set(key(tagMoved, r.bytes()), id.bytes()); err != nil {
			return err
		}
		return tx.Set(key(tagTaken, id.bytes()), r.bytes())
	})
}

// unmove forgets the id of a status that is gone, if it had to be kept.
func (ix *Index) unmove(ctx context.Context, r statusRef, id StatusID) error {
	if id == firstID(r) {
		return nil
	}
	return ix.state.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Delete(key(tagMoved, r.bytes())); err != nil {
			return err
		}
		return tx.Delete(key(tagTaken, id.bytes()))
	})
}

// AccountNum is an account's number, decimal in the API: 63 bits of a SHA-256 of
// its key, the same on every node. Someone with 2^32 keys can make two of their
// own accounts share one; then the lower key is found by it.
type AccountNum uint64

// NumberOf returns an account's number.
func NumberOf(a content.AccountID) AccountNum {
	sum := sha256.Sum256(append([]byte("rossgram/1/account-number"), a[:]...))
	return AccountNum(binary.BigEndian.Uint64(sum[:]) >> 1)
}

// ParseAccountNum reads the decimal form.
func ParseAccountNum(s string) (AccountNum, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || s[0] == '0' && s != "0" {
		return 0, content.Errorf("index.ParseAccountNum", content.Invalid, "an account id is a decimal number")
	}
	return AccountNum(n), nil
}

// String returns the decimal form.
func (n AccountNum) String() string { return strconv.FormatUint(uint64(n), 10) }

func (n AccountNum) bytes() []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

package store

import (
	"bytes"
	"context"
	"errors"
	"iter"

	"github.com/dgraph-io/badger/v4"

	"rossgram.app/content"
)

// Head is a published head as it is stored.
type Head struct {
	Account content.AccountID
	Version content.Version
	Bytes   []byte // as encoded by package repo
}

// Head returns the encoded head that was published last for an account. Kind
// NotFound if there is none.
func (s *Store) Head(ctx context.Context, account content.AccountID) ([]byte, error) {
	const op = "store.Head"
	if err := ctx.Err(); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	h, err := s.head(account)
	return h.Bytes, fail(op, err)
}

// Heads returns all published heads by ascending account, as they are when the
// loop begins. An error ends them.
func (s *Store) Heads(ctx context.Context) iter.Seq2[Head, error] {
	return func(yield func(Head, error) bool) {
		err := s.state.scan(ctx, []byte{tagHead}, withValues, func(item *badger.Item) (bool, error) {
			h, err := parseHead(item)
			if err != nil {
				return false, err
			}
			return yield(h, nil), nil
		})
		if err != nil {
			yield(Head{}, fail("store.Heads", err))
		}
	}
}

func (s *Store) head(account content.AccountID) (h Head, err error) {
	err = s.state.View(func(txn *badger.Txn) error {
		item, err := txn.Get(accountKey(tagHead, account))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return content.Errorf("store.Head", content.NotFound, "no head is held of "+account.String())
		}
		if err != nil {
			return err
		}
		h, err = parseHead(item)
		return err
	})
	return h, err
}

func parseHead(item *badger.Item) (Head, error) {
	var h Head
	copy(h.Account[:], item.Key()[1:])
	err := withValue(item, func(v []byte) error {
		if len(v) < versionLen {
			return content.Errorf("store.Head", content.Corrupt, "a stored head is unreadable")
		}
		h.Version, h.Bytes = parseVersion(v), bytes.Clone(v[versionLen:])
		return nil
	})
	return h, err
}

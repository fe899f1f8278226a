package store

import (
	"context"
	"errors"

	"github.com/dgraph-io/badger/v4"

	"rossgram.app/content"
)

// removalBatch is how many pins are removed under the writer lock at a time.
const removalBatch = 2000

// UnpinAccount forgets an account: its head at once, in one transaction, and
// then its pins and the blocks that only it needed, in batches between which
// others may write. What a crash interrupts is finished at the next start. An
// account that is not held is no error.
func (s *Store) UnpinAccount(ctx context.Context, account content.AccountID) error {
	const op = "store.UnpinAccount"
	err := s.state.update(ctx, func(txn *badger.Txn) error {
		if err := txn.Delete(accountKey(tagHead, account)); err != nil {
			return err
		}
		return txn.Set(accountKey(tagRemoval, account), nil)
	})
	for done := false; err == nil && !done; {
		done, err = s.removeSome(ctx, account)
	}
	return fail(op, err)
}

func (s *Store) removeSome(ctx context.Context, account content.AccountID) (done bool, err error) {
	s.state.writing.Lock()
	defer s.state.writing.Unlock()
	return s.removeBatch(ctx, account)
}

// finishRemoval removes what is left of an account that was being forgotten,
// before it is published again. The writer lock is held.
func (s *Store) finishRemoval(ctx context.Context, account content.AccountID) error {
	for {
		if done, err := s.removeBatch(ctx, account); err != nil || done {
			return err
		}
	}
}

// removeBatch removes some pins of an account that is marked for it, and with
// the last of them the mark.
func (s *Store) removeBatch(ctx context.Context, account content.AccountID) (done bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	mark := accountKey(tagRemoval, account)
	if marked, err := s.state.has(mark); err != nil || !marked {
		return true, err
	}
	keys, err := s.accountPins(ctx, account, removalBatch)
	if err != nil {
		return false, err
	}
	w, err := s.pinWriter(ctx, account, nil)
	if err != nil {
		return false, err
	}
	defer w.discard()
	if err := w.removeAll(keys); err != nil {
		return false, err
	}
	if done = len(keys) < removalBatch; done {
		if err := w.txn.Delete(mark); err != nil {
			return false, err
		}
	}
	if err := w.commit(); err != nil {
		return false, err
	}
	s.dropOrphans(w.orphans)
	return done, nil
}

func (s *Store) accountPins(ctx context.Context, account content.AccountID, limit int) ([]pinKey, error) {
	var keys []pinKey
	err := s.state.scan(ctx, accountKey(tagPin, account), keysOnly, func(item *badger.Item) (bool, error) {
		if k, ok := parsePin(item.Key()); ok {
			keys = append(keys, k)
		}
		return len(keys) < limit, nil
	})
	return keys, err
}

// finishRemovals takes up what a crash interrupted.
func (s *Store) finishRemovals(ctx context.Context) error {
	var marked []content.AccountID
	err := s.state.scan(ctx, []byte{tagRemoval}, keysOnly, func(item *badger.Item) (bool, error) {
		marked = append(marked, content.AccountID(item.Key()[1:]))
		return true, nil
	})
	if err != nil {
		return fail("store.Open", err)
	}
	for _, a := range marked {
		s.state.writing.Lock()
		err := s.finishRemoval(ctx, a)
		s.state.writing.Unlock()
		if err != nil {
			return fail("store.Open", err)
		}
	}
	return nil
}

func (d *database) has(key []byte) (bool, error) {
	err := d.View(func(txn *badger.Txn) error {
		_, err := txn.Get(key)
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}

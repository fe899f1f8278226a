package store

import (
	"context"

	"rossgram.app/content"
)

// Unpin removes all pins of an account with a referrer, and the blocks that only
// they kept. A referrer without pins is no error.
func (s *Store) Unpin(ctx context.Context, account content.AccountID, referrer content.Path) error {
	const op = "store.Unpin"
	s.state.writing.Lock()
	defer s.state.writing.Unlock()
	gone, err := s.unpins(ctx, Publication{Account: account, UnpinRecords: []content.Path{referrer}})
	if err != nil {
		return fail(op, err)
	}
	w, err := s.pinWriter(ctx, account, nil)
	if err != nil {
		return fail(op, err)
	}
	defer w.discard()
	if err := w.removeAll(gone); err != nil {
		return fail(op, err)
	}
	if err := w.commit(); err != nil {
		return fail(op, err)
	}
	s.dropOrphans(w.orphans)
	return nil
}

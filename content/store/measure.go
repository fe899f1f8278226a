package store

import (
	"context"

	"rossgram.app/content"
)

// Measure is [Store.Sizes] of this moment. It looks up every pin of the account,
// so it is for deciding, not for showing.
func (s *Store) Measure(ctx context.Context, account content.AccountID) (Sizes, error) {
	n, err := s.countSizes(ctx, account)
	if err != nil {
		return Sizes{}, fail("store.Measure", err)
	}
	s.sizes.put(account, n, s.now())
	return n, nil
}

package store

import (
	"context"

	"github.com/dgraph-io/badger/v4"
	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// Missing calls found with the pins of an account whose blocks are not held, in
// the order of referrers, until it returns false. A block that several records
// refer to comes once for each.
func (s *Store) Missing(ctx context.Context, account content.AccountID, found func(Pin) bool) error {
	return fail("store.Missing", s.state.scan(ctx, accountKey(tagPin, account), keysOnly, func(item *badger.Item) (bool, error) {
		k, ok := parsePin(item.Key())
		if !ok {
			return true, nil
		}
		held, err := s.blocks.has(k.digest)
		if err != nil || held {
			return true, err
		}
		return found(Pin{CID: cidOf(item.UserMeta(), k.digest), Referrer: k.referrer}), nil
	}))
}

// Pinners returns who needs a block: at most [MaxDamagePins] of its pins. Kind
// NotFound if nobody does, which costs one lookup; else all pins are looked
// through until those that are counted are found.
func (s *Store) Pinners(ctx context.Context, c cid.Cid) ([]PinnedBy, error) {
	const op = "store.Pinners"
	d, err := digestOf(c)
	if err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	pinned, err := s.pinned(d)
	if err != nil {
		return nil, fail(op, err)
	}
	if !pinned {
		return nil, content.Errorf(op, content.NotFound, "nothing published refers to "+c.String())
	}
	pins, err := s.pinnedBy(ctx, d)
	return pins, fail(op, err)
}

package reception

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// followers is what the followers of an account are counted under.
const followers state = "followers"

// MaxFollowers is how many followers a page has at most.
const MaxFollowers = 200

func (c *hearing) addFollower(seq uint64) error {
	k := c.pair.key(tagFollower)
	if there, err := c.tx.Has(k); err != nil || there {
		return err
	}
	if _, err := add(c.tx, c.countKey(followers), 1); err != nil {
		return err
	}
	return c.tx.Set(k, number(seq))
}

func (c *hearing) dropFollower() error {
	k := c.pair.key(tagFollower)
	if there, err := c.tx.Has(k); err != nil || !there {
		return err
	}
	if _, err := add(c.tx, c.countKey(followers), -1); err != nil {
		return err
	}
	return c.tx.Delete(k)
}

// FollowerPage says which followers are asked for.
type FollowerPage struct {
	After content.AccountID // the zero AccountID is the beginning
	Limit int               // at most [MaxFollowers], which 0 is too
}

// Followers returns accounts whose follow of a hosted account was accepted, in the
// order of their keys, and the After of the next page, which is zero at the end.
func (r *Reception) Followers(ctx context.Context, account content.AccountID, page FollowerPage) ([]content.AccountID, content.AccountID, error) {
	limit := page.Limit
	if limit <= 0 || limit > MaxFollowers {
		limit = MaxFollowers
	}
	span := store.Span{Prefix: key(tagFollower, account[:]), KeysOnly: true}
	if !page.After.IsZero() {
		span.Start = append(key(tagFollower, account[:], page.After[:]), 0)
	}
	var list []content.AccountID
	err := r.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(span, func(k, _ []byte) bool {
			list = append(list, content.AccountID(k[33:65]))
			return len(list) <= limit
		})
	})
	if err != nil || len(list) <= limit {
		return list, content.AccountID{}, err
	}
	return list[:limit], list[limit-1], nil
}

// FollowerCount returns how many followers an account has.
func (r *Reception) FollowerCount(ctx context.Context, account content.AccountID) (n int, err error) {
	err = r.room.View(ctx, func(tx *store.Tx) error {
		count, _, err := readNumber(tx, countKey(account, followers))
		n = int(count)
		return err
	})
	return n, err
}

// FollowedBy reports whether an actor's follow of an account was accepted.
func (r *Reception) FollowedBy(ctx context.Context, account, actor content.AccountID) (ok bool, err error) {
	err = r.room.View(ctx, func(tx *store.Tx) error {
		ok, err = tx.Has(pair{account, actor}.key(tagFollower))
		return err
	})
	return ok, err
}

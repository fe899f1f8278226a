package budget

import (
	"context"
	"math"

	"rossgram.app/content"
)

// No figure of the disk is exact: garbage in half-empty log files counts as used,
// and what is on its way does not yet. So shares are of nine tenths of the room.
const (
	roomTenths = 9
	ample      = 1 << 30 // bytes left, without a limit of the store, that need no sharing
)

// followed lists the accounts whose photos may be evicted.
func (b *Budget) followed(ctx context.Context) ([]content.AccountID, error) {
	var ids []content.AccountID
	for h, err := range b.Store.Heads(ctx) {
		if err != nil {
			return nil, err
		}
		if _, ours := b.Replica.Hosted(h.Account); !ours && !b.Spared(h.Account, "") {
			ids = append(ids, h.Account)
		}
	}
	return ids, nil
}

// count counts the bytes of an account's files that are here.
func (b *Budget) count(ctx context.Context, id content.AccountID) (int64, error) {
	n, err := b.Store.Measure(ctx, id)
	if err != nil {
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.present[id] = n.Bytes - n.Records
	return b.present[id], nil
}

// here returns the bytes of an account's files that are here, counted anew only
// while they are being fetched.
func (b *Budget) here(ctx context.Context, id content.AccountID) (present, planned int64, err error) {
	b.mu.Lock()
	present, known := b.present[id]
	planned = b.shelves[id].bytes
	b.mu.Unlock()
	if !known || present < planned {
		present, err = b.count(ctx, id)
	}
	return present, planned, err
}

// Cap returns how many bytes of photos may be kept of an account, and whether that
// is its own limit; 0 is no limit.
func (b *Budget) Cap(id content.AccountID) (n int64, own bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n, own = b.caps[id]; own {
		return n, true
	}
	return b.PerFollow, false
}

// SetCap limits the photos kept of an account; 0 is no limit.
func (b *Budget) SetCap(ctx context.Context, id content.AccountID, n int64) error {
	if n < 0 {
		return content.Errorf("budget.SetCap", content.Invalid, "a limit is not negative; 0 is none")
	}
	if err := b.set(ctx, accountKey(tagCap, id), numbers(n)); err != nil {
		return content.E("budget.SetCap", content.Other, err)
	}
	b.mu.Lock()
	b.caps[id] = n
	b.mu.Unlock()
	if err := b.widenOne(ctx, id); err != nil {
		return content.E("budget.SetCap", content.Other, err)
	}
	b.lookSoon()
	return nil
}

func (b *Budget) capped(id content.AccountID, n int64) int64 {
	if most, _ := b.Cap(id); most > 0 {
		return min(n, most)
	}
	return n
}

// sizes is what accounts take: what is here, or will be when all is fetched.
type sizes struct {
	of    map[content.AccountID]int64
	total int64 // of what is here
}

func (b *Budget) sizes(ctx context.Context) (sizes, error) {
	s := sizes{of: make(map[content.AccountID]int64)}
	ids, err := b.followed(ctx)
	if err != nil {
		return s, err
	}
	for _, id := range ids {
		present, planned, err := b.here(ctx, id)
		if err != nil {
			return s, err
		}
		s.total += present
		s.of[id] = b.capped(id, max(present, planned))
	}
	return s, nil
}

// share returns the level to which accounts of these sizes are cut, now.
func (b *Budget) share(ctx context.Context, s sizes) (int64, error) {
	left, err := b.Store.Left(ctx)
	if err != nil {
		return 0, err
	}
	list := make([]int64, 0, len(s.of))
	for _, n := range s.of {
		list = append(list, n)
	}
	return level(list, (s.total+left)/10*roomTenths), nil
}

// plenty reports whether there is no need to share.
func (b *Budget) plenty(ctx context.Context) (bool, error) {
	u, err := b.Store.Usage(ctx)
	return u.MaxDisk == 0 && u.Free-u.Reserve > ample, err
}

// allowance returns how many bytes of files may be kept of an account that would
// like to have so many.
func (b *Budget) allowance(ctx context.Context, id content.AccountID, wish int64) (int64, error) {
	wish = b.capped(id, wish)
	if plenty, err := b.plenty(ctx); err != nil || plenty {
		return wish, err
	}
	s, err := b.sizes(ctx)
	if err != nil {
		return 0, err
	}
	s.of[id] = wish
	share, err := b.share(ctx, s)
	return min(share, wish), err
}

// rebalance cuts the accounts that take more than they may.
func (b *Budget) rebalance(ctx context.Context) error {
	b.shelving.Lock()
	defer b.shelving.Unlock()
	share := int64(math.MaxInt64)
	plenty, err := b.plenty(ctx)
	if err != nil {
		return err
	}
	s, err := b.sizes(ctx)
	if err == nil && !plenty {
		share, err = b.share(ctx, s)
	}
	if err != nil {
		return err
	}
	for id := range s.of {
		present, planned, err := b.here(ctx, id)
		if err != nil {
			return err
		}
		if most := b.capped(id, share); max(present, planned) > most {
			if _, err := b.cut(ctx, id, most/20*19); err != nil {
				return err
			}
		}
	}
	if b.garbage >= reclaimFrom {
		return b.reclaim(ctx)
	}
	return nil
}

// widen has accounts looked through again of which much more could be kept by now.
func (b *Budget) widen(ctx context.Context) {
	ids, err := b.followed(ctx)
	for _, id := range ids {
		if err == nil {
			err = b.widenOne(ctx, id)
		}
	}
	if err != nil && ctx.Err() == nil {
		b.Log.Warn("photos of followed accounts are not fetched as their limits say", "error", err)
	}
}

// widenOne does that where an account could have a quarter more. What it is given
// then is for Plan to say.
func (b *Budget) widenOne(ctx context.Context, id content.AccountID) error {
	s := b.shelf(id)
	if s.keepsAll() {
		return nil
	}
	b.shelving.Lock()
	allowed, err := b.allowance(ctx, id, math.MaxInt64>>10)
	b.shelving.Unlock()
	if err != nil || allowed < s.bytes/4*5+1<<20 {
		return err
	}
	b.mu.Lock()
	replan := b.replan
	b.mu.Unlock()
	if replan == nil {
		return nil
	}
	return replan(ctx, id)
}

package budget

import (
	"cmp"
	"context"
	"slices"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
	"rossgram.app/content/unixfs"
)

const (
	reclaimFrom = 16 << 20 // bytes of garbage that the disk has back without need
	pinsAtOnce  = 1 << 15  // pins that are evicted together
	rounds      = 4        // of a relief
	neededPart  = 4        // of what an account may have, one part in so many is for files on demand
)

// relieve makes room for n bytes: garbage first, then photos of the accounts that
// take most. It makes more room than asked for, so that it is not asked soon.
func (b *Budget) relieve(ctx context.Context, n int64) {
	b.shelving.Lock()
	defer b.shelving.Unlock()
	if err := b.makeRoom(ctx, n); err != nil && ctx.Err() == nil {
		b.Log.Warn("no room is made for new photos", "error", err)
	}
}

func (b *Budget) makeRoom(ctx context.Context, n int64) error {
	u, err := b.Store.Usage(ctx)
	if err != nil || b.Now().Before(b.barren) {
		return err
	}
	spare := max(u.MaxDisk/20, n)
	for round := range rounds {
		left, err := b.Store.Left(ctx)
		if err != nil || left >= n && (round == 0 || left >= n+spare/2) {
			return err // somebody else made room, or it is enough
		}
		freed := int64(0)
		if round > 0 || b.garbage < reclaimFrom {
			if freed, err = b.lower(ctx, n+spare-left); err != nil {
				return err
			}
		}
		if freed == 0 && b.garbage == 0 {
			b.barren = b.Now().Add(barrenFor)
			return nil
		}
		if err := b.reclaim(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *Budget) reclaim(ctx context.Context) error {
	b.garbage = 0
	return b.Store.Reclaim(ctx)
}

// lower evicts so many bytes from the accounts that take most.
func (b *Budget) lower(ctx context.Context, need int64) (freed int64, err error) {
	ids, err := b.followed(ctx)
	if err != nil {
		return 0, err
	}
	present, list, total := make(map[content.AccountID]int64), []int64{}, int64(0)
	for _, id := range ids {
		n, _, err := b.here(ctx, id)
		if err != nil {
			return 0, err
		}
		present[id], list, total = n, append(list, n), total+n
	}
	to := level(list, total-need-need/10)
	for id, n := range present {
		if n > to {
			cut, err := b.cut(ctx, id, to)
			if freed += cut; err != nil {
				return freed, err
			}
		}
	}
	return freed, nil
}

// cut brings what is kept of an account down to so many bytes and returns how many
// it evicted.
func (b *Budget) cut(ctx context.Context, id content.AccountID, allowed int64) (freed int64, err error) {
	freed, err = b.drop(ctx, id, b.shelf(id), allowed/neededPart)
	if err != nil {
		return freed, err
	}
	present, err := b.count(ctx, id)
	if err != nil {
		return freed, err
	}
	posts, err := b.posts(ctx, id)
	if err != nil {
		return freed, err
	}
	now := b.shelf(id)
	declared := now.on(posts)
	if present <= allowed && declared <= allowed {
		now.bytes = declared
		return freed, b.setShelf(ctx, id, now)
	}
	if present > declared { // files on demand, or an account that makes itself small
		allowed = int64(float64(allowed) * float64(declared) / float64(present))
	}
	next := fit(posts, allowed)
	for c := range classes {
		next.floors[c] = max(next.floors[c], now.floors[c])
	}
	next.bytes = next.on(posts)
	if err := b.setShelf(ctx, id, next); err != nil {
		return freed, err
	}
	more, err := b.drop(ctx, id, next, allowed/neededPart)
	if err == nil {
		_, err = b.count(ctx, id)
	}
	return freed + more, err
}

// drop evicts the files of an account that a shelf does not keep, except those
// that its owner needed last, as far as they have no more than so many bytes.
func (b *Budget) drop(ctx context.Context, id content.AccountID, s shelf, needed int64) (freed int64, err error) {
	stay, gone, err := b.stillNeeded(ctx, id, needed)
	if err != nil {
		return 0, err
	}
	d := dropping{Budget: b, id: id}
	err = b.eachPost(ctx, id, func(path content.Path, rec record.Record) error {
		if b.Spared(id, path) {
			return nil
		}
		for _, f := range classify(rec) {
			kept := keyOf(path) >= s.floors[f.class] && (f.class != source || b.Sources)
			if kept || stay[f.CID.Cid] {
				continue
			}
			if err := d.add(ctx, path, f.CID.Cid); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = d.flush(ctx)
	}
	if err == nil {
		err = b.unneed(ctx, id, gone)
	}
	return d.freed, err
}

// stillNeeded says of the files that were needed which stay, and which not: those
// needed longest ago.
func (b *Budget) stillNeeded(ctx context.Context, id content.AccountID, room int64) (stay map[cid.Cid]bool, gone []cid.Cid, err error) {
	at, err := b.needed(ctx, id)
	if err != nil || len(at) == 0 {
		return nil, nil, err
	}
	size := make(map[cid.Cid]int64)
	err = b.eachPost(ctx, id, func(_ content.Path, rec record.Record) error {
		for _, f := range record.Files(rec) {
			if _, ok := at[f.CID.Cid]; ok {
				size[f.CID.Cid] = max(f.Size, 0)
			}
		}
		return nil
	})
	list := make([]cid.Cid, 0, len(at))
	for c := range at {
		list = append(list, c)
	}
	slices.SortFunc(list, func(x, y cid.Cid) int {
		return cmp.Or(at[y].Compare(at[x]), cmp.Compare(x.KeyString(), y.KeyString()))
	})
	stay = make(map[cid.Cid]bool)
	for _, c := range list {
		if n, there := size[c]; there && n <= room {
			stay[c] = true
			room -= n
			continue
		}
		room = 0
		gone = append(gone, c)
	}
	return stay, gone, err
}

func (b *Budget) unneed(ctx context.Context, id content.AccountID, gone []cid.Cid) error {
	batch := b.room.Batch(ctx)
	defer batch.Discard()
	for _, c := range gone {
		if err := batch.Delete(neededKey(id, c)); err != nil {
			return err
		}
	}
	return batch.Flush()
}

// dropping evicts files, many at a time.
type dropping struct {
	*Budget
	id    content.AccountID
	pins  []store.Pin
	freed int64
}

func (d *dropping) add(ctx context.Context, path content.Path, root cid.Cid) error {
	blocks, err := unixfs.Blocks(ctx, d.Store, root)
	if kind := content.KindOf(err); kind == content.TooLarge || kind == content.Corrupt {
		return nil
	}
	if err != nil {
		return err
	}
	for _, c := range blocks {
		d.pins = append(d.pins, store.Pin{CID: c, Referrer: path})
	}
	if len(d.pins) < pinsAtOnce {
		return nil
	}
	return d.flush(ctx)
}

func (d *dropping) flush(ctx context.Context) error {
	n, size, err := d.Store.Evict(ctx, d.id, d.pins, d.spare)
	d.pins = d.pins[:0]
	d.freed += size
	d.garbage += size
	d.mu.Lock()
	defer d.mu.Unlock()
	d.evicted.Files += n
	d.evicted.Bytes += size
	return err
}

// spare says of a file that several records refer to for which it must stay. Of a
// post of which anything is kept, all is, where others refer to it too.
func (b *Budget) spare(p store.PinnedBy) bool {
	if _, ours := b.Replica.Hosted(p.Account); ours || p.Referrer.Collection() != content.CollectionPost {
		return true
	}
	return b.Spared(p.Account, p.Referrer) || keyOf(p.Referrer) >= b.shelf(p.Account).floors[small]
}

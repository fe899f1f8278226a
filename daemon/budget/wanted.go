package budget

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
)

// Wanted returns which files of a followed account's record are to be here without
// being asked for, in the order of [record.Files].
func (b *Budget) Wanted(id content.AccountID, path content.Path, rec record.Record) []record.File {
	b.mu.Lock()
	s, metered := b.shelves[id], b.metered
	b.mu.Unlock()
	whole := b.Spared(id, "")
	all := path.Collection() != content.CollectionPost || s.keepsAll() || whole || b.Spared(id, path)
	var files []record.File
	for _, f := range classify(rec) {
		switch {
		case f.class == source && !b.Sources && !whole, f.class != small && metered:
		case all || keyOf(path) >= s.floors[f.class]:
			files = append(files, f.File)
		}
	}
	return files
}

// Plan decides anew what is kept of an account, before it is looked through for
// what is missing.
func (b *Budget) Plan(ctx context.Context, id content.AccountID) error {
	const op = "budget.Plan"
	if b.Spared(id, "") {
		return b.setShelf(ctx, id, shelf{})
	}
	b.shelving.Lock()
	defer b.shelving.Unlock()
	posts, err := b.posts(ctx, id)
	if err != nil {
		return content.E(op, content.Other, err)
	}
	allowed, err := b.allowance(ctx, id, shelf{}.on(posts))
	if err != nil {
		return content.E(op, content.Other, err)
	}
	if err := b.setShelf(ctx, id, fit(posts, allowed)); err != nil {
		return content.E(op, content.Other, err)
	}
	b.lookSoon() // others may have to give way
	return nil
}

// Ahead returns how many bytes of an account's newest files may come along with its
// records, before [Budget.Plan] has seen these: a sixteenth of the room there is.
func (b *Budget) Ahead(ctx context.Context, id content.AccountID) int64 {
	if b.Metered() {
		return 0
	}
	left, err := b.Store.Left(ctx)
	if err != nil {
		return 0
	}
	return max(min(b.capped(id, left/16), b.Remaining()), 0)
}

// Grew hears of new posts whose files will be fetched.
func (b *Budget) Grew(id content.AccountID, files []record.File) {
	b.mu.Lock()
	s := b.shelves[id]
	for _, f := range files {
		s.bytes += max(f.Size, 0)
	}
	b.shelves[id] = s
	b.mu.Unlock()
	b.lookSoon()
}

// Needed hears that the owner asked for a file, which is here now. Of those that
// are here on demand only, the ones needed last stay longest.
func (b *Budget) Needed(ctx context.Context, file cid.Cid, pins []store.PinnedBy) error {
	for _, p := range pins {
		if _, ours := b.Replica.Hosted(p.Account); ours || p.Referrer == "" {
			continue
		}
		if err := b.neededFor(ctx, file, p); err != nil {
			return content.E("budget.Needed", content.Other, err)
		}
	}
	return nil
}

func (b *Budget) neededFor(ctx context.Context, file cid.Cid, p store.PinnedBy) error {
	size, wanted, err := b.find(ctx, file, p)
	if err != nil || wanted {
		return err
	}
	key := neededKey(p.Account, file)
	last, err := b.room.Get(ctx, key)
	if err != nil && content.KindOf(err) != content.NotFound {
		return err
	}
	now := b.Now().Unix()
	if err == nil && now-parseNumbers(last, 1)[0] < int64(neededEvery.Seconds()) {
		return nil
	}
	b.mu.Lock()
	b.present[p.Account] += size
	b.mu.Unlock()
	b.lookSoon()
	return b.set(ctx, key, numbers(now))
}

// find returns the size of a file of a record and whether it is kept anyway.
func (b *Budget) find(ctx context.Context, file cid.Cid, p store.PinnedBy) (size int64, wanted bool, err error) {
	view, err := b.Replica.View(ctx, p.Account)
	if err != nil {
		return 0, false, err
	}
	block, err := view.Get(ctx, p.Referrer)
	if content.KindOf(err) == content.NotFound {
		return 0, true, nil // it has gone meanwhile, and its file with it
	}
	if err != nil {
		return 0, false, err
	}
	rec, err := record.Decode(block.Data)
	if err != nil {
		return 0, true, nil
	}
	for _, f := range b.Wanted(p.Account, p.Referrer, rec) {
		if f.CID.Equals(file) {
			return f.Size, true, nil
		}
	}
	for _, f := range record.Files(rec) {
		if f.CID.Equals(file) {
			return f.Size, false, nil
		}
	}
	return 0, true, nil
}

package branch

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/content/unixfs"
	"rossgram.app/daemon/replica"
)

// Standing is how a branch stands with a shelf.
type Standing uint8

// The standings of a branch.
const (
	New   Standing = iota // never seen
	Kept                  // on the shelf
	Dealt                 // its records were posted again, or given up
)

// Knows says how a branch stands.
func (s *Shelf) Knows(ctx context.Context, head content.Head) (standing Standing, err error) {
	name, err := nameOf(head)
	if err != nil {
		return New, err
	}
	err = s.room.View(ctx, func(tx *store.Tx) error {
		kept, err := tx.Has(name.key(tagBranch))
		if err != nil {
			return err
		}
		dealt, err := tx.Has(name.key(tagDealt))
		switch {
		case dealt:
			standing = Dealt
		case kept:
			standing = Kept
		}
		return err
	})
	return standing, err
}

// Any reports whether there is or was a branch of an account.
func (s *Shelf) Any(ctx context.Context, account content.AccountID) (any bool, err error) {
	err = s.room.View(ctx, func(tx *store.Tx) error {
		for _, tag := range []byte{tagBranch, tagDealt} {
			err := tx.Scan(store.Span{Prefix: append([]byte{tag}, account[:]...), KeysOnly: true}, func(_, _ []byte) bool {
				any = true
				return false
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return any, err
}

// Heads returns the branches of an account that are not dealt with.
func (s *Shelf) Heads(ctx context.Context, account content.AccountID) ([]content.Head, error) {
	const op = "branch.Heads"
	var heads []content.Head
	var broken error
	err := s.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: append([]byte{tagBranch}, account[:]...)}, func(_, v []byte) bool {
			h, err := repo.DecodeHead(v)
			if err != nil {
				broken = content.E(op, content.Corrupt, err)
				return false
			}
			heads = append(heads, h)
			return true
		})
	})
	if err == nil {
		err = broken
	}
	return heads, err
}

// Left is a record that was left behind.
type Left struct {
	repo.Entry
	Branch   content.Head
	Complete bool // its files are here
}

// Left returns what was left behind of an account and is not in its repository
// again. Branches of which nothing is left are dealt with.
func (s *Shelf) Left(ctx context.Context, account content.AccountID) ([]Left, error) {
	const op = "branch.Left"
	heads, err := s.Heads(ctx, account)
	if err != nil || len(heads) == 0 {
		return nil, err
	}
	view, err := s.replica.View(ctx, account)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	var all []Left
	for _, h := range heads {
		if h.Version() == view.Head().Version() {
			continue // it is in force still: what takes its place has not come yet
		}
		left, err := s.leftOf(ctx, view, h)
		if err == nil && len(left) == 0 {
			err = s.deal(ctx, h)
		}
		if err != nil {
			return nil, content.E(op, content.Other, err)
		}
		all = append(all, left...)
	}
	return all, nil
}

func (s *Shelf) leftOf(ctx context.Context, view *repo.View, head content.Head) ([]Left, error) {
	entries, err := s.noted(ctx, head)
	if err != nil {
		return nil, err
	}
	var left []Left
	for _, e := range entries {
		_, err := view.CID(ctx, e.Path)
		switch content.KindOf(err) {
		case content.NotFound:
			complete, err := s.complete(ctx, e.CID)
			if err != nil {
				return nil, err
			}
			left = append(left, Left{e, head, complete})
		default:
			if err != nil {
				return nil, err
			}
		}
	}
	return left, nil
}

// noted returns the records that a branch was kept for.
func (s *Shelf) noted(ctx context.Context, head content.Head) ([]repo.Entry, error) {
	name, err := nameOf(head)
	if err != nil {
		return nil, err
	}
	prefix := name.key(tagLeft)
	var entries []repo.Entry
	var broken error
	err = s.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: prefix}, func(k, v []byte) bool {
			var c cid.Cid
			if _, c, broken = cid.CidFromBytes(v); broken != nil {
				return false
			}
			entries = append(entries, repo.Entry{Path: content.Path(k[len(prefix):]), CID: c})
			return true
		})
	})
	if err == nil && broken != nil {
		err = content.E("branch.noted", content.Corrupt, broken)
	}
	return entries, err
}

// Rescue posts records that were left behind again, each as the very record it
// was, so that links to it lead to it. Those that are in the repository by now
// are passed over. Kind Unavailable if the photos of one are not here yet.
func (s *Shelf) Rescue(ctx context.Context, h *replica.Hosted, left []Left) (n int, err error) {
	const op = "branch.Rescue"
	for _, l := range left {
		if !l.Complete {
			return n, content.Errorf(op, content.Unavailable,
				"not all photos of "+string(l.Path)+" are here yet: leave the machine that posted it running until they are")
		}
		data, err := s.store.Get(ctx, l.CID)
		if err != nil {
			return n, content.E(op, content.Other, err)
		}
		_, err = h.Apply(ctx, []repo.Op{repo.Put(l.Path, content.Block{CID: l.CID, Data: data}, repo.Absent())})
		switch {
		case content.KindOf(err) == content.Exists:
		case err != nil:
			return n, content.E(op, content.Other, err)
		default:
			n++
		}
	}
	_, err = s.Left(ctx, h.ID()) // branches of which nothing is left go
	return n, err
}

// GiveUp drops what was left behind of an account and is not posted again.
func (s *Shelf) GiveUp(ctx context.Context, account content.AccountID) error {
	heads, err := s.Heads(ctx, account)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if err := s.deal(ctx, h); err != nil {
			return content.E("branch.GiveUp", content.Other, err)
		}
	}
	return nil
}

// deal notes that a branch is dealt with and lets go of it. After a crash in
// between, its blocks stay until the account is dropped.
func (s *Shelf) deal(ctx context.Context, head content.Head) error {
	name, err := nameOf(head)
	if err != nil {
		return err
	}
	entries, err := s.noted(ctx, head)
	if err != nil {
		return err
	}
	err = s.room.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Delete(name.key(tagBranch)); err != nil {
			return err
		}
		return tx.Set(name.key(tagDealt), nil)
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.kept[name.account]--
	s.mu.Unlock()
	b := s.room.Batch(ctx)
	defer b.Discard()
	for _, e := range entries {
		if err := b.Delete(append(name.key(tagLeft), e.Path...)); err != nil {
			return err
		}
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return s.store.Unpin(ctx, name.account, name.referrer())
}

// Missing returns the blocks of an account's branches that are not here.
func (s *Shelf) Missing(ctx context.Context, account content.AccountID) ([]cid.Cid, error) {
	var missing []cid.Cid
	err := s.store.Missing(ctx, account, func(p store.Pin) bool {
		if p.Referrer.Collection() == "app.rossgram.branch" {
			missing = append(missing, p.CID)
		}
		return true
	})
	return missing, err
}

// blocksOf returns the blocks of the files and pages that a record refers to, as far
// as their nodes are here; none for what is no record of ours.
func (s *Shelf) blocksOf(ctx context.Context, c cid.Cid) ([]cid.Cid, error) {
	data, err := s.store.Get(ctx, c)
	if err != nil {
		return nil, err
	}
	rec, err := record.Decode(data)
	if err != nil {
		return nil, nil
	}
	var all []cid.Cid
	for _, root := range record.References(rec) {
		blocks, err := unixfs.Blocks(ctx, s.store, root)
		if content.KindOf(err) == content.TooLarge {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, blocks...)
	}
	return all, nil
}

func (s *Shelf) complete(ctx context.Context, c cid.Cid) (bool, error) {
	blocks, err := s.blocksOf(ctx, c)
	for _, b := range blocks {
		if err != nil {
			break
		}
		var has bool
		if has, err = s.store.Has(ctx, b); err == nil && !has {
			return false, nil
		}
	}
	return err == nil, err
}

package daemon

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/api/rossgram"
	"rossgram.app/daemon/index"
	"rossgram.app/daemon/replica"
)

// indexer keeps the index at what the replica publishes.
type indexer struct {
	store *store.Store
	index *index.Index
}

// watch enters a step; it is a [replica.Watcher]. Where the step before is missing,
// because the disk was full then or the index was emptied, the whole account is
// entered anew.
func (x *indexer) watch(ctx context.Context, u replica.Update) error {
	err := x.index.Apply(ctx, u.Account, u.Prev.Version(), u.Head.Version(), u.Records)
	if content.KindOf(err) == content.Conflict {
		return x.replace(ctx, u.Head)
	}
	return err
}

// replace enters all records of an account anew.
func (x *indexer) replace(ctx context.Context, head content.Head) error {
	change, err := repo.NewChange(ctx, x.store, content.Head{}, head)
	if err != nil {
		return err
	}
	return x.index.Replace(ctx, head.Account(), head.Version(), change.Records)
}

// catchUp enters what a crash kept the index from, and forgets accounts that are
// not held any more.
func (x *indexer) catchUp(ctx context.Context) error {
	indexed, err := x.index.Versions(ctx)
	if err != nil {
		return err
	}
	err = x.eachHead(ctx, func(head content.Head) error {
		have, known := indexed[head.Account()]
		delete(indexed, head.Account())
		if known && have == head.Version() {
			return nil
		}
		return x.replace(ctx, head)
	})
	if err != nil {
		return err
	}
	for account := range indexed {
		if err := x.index.Forget(ctx, account); err != nil {
			return err
		}
	}
	return x.index.FillAllPages(ctx)
}

func (x *indexer) eachHead(ctx context.Context, each func(content.Head) error) error {
	for stored, err := range x.store.Heads(ctx) {
		if err != nil {
			return err
		}
		head, err := repo.DecodeHead(stored.Bytes)
		if err != nil {
			return content.E("daemon.eachHead", content.Corrupt, err)
		}
		if err := each(head); err != nil {
			return err
		}
	}
	return nil
}

// reindex empties the index and makes it anew from the repositories held.
// Timelines are incomplete meanwhile; what is published meanwhile is not lost.
func (n *Node) reindex(ctx context.Context) (rossgram.Reindexed, error) {
	const op = "daemon.reindex"
	if err := n.index.Reset(ctx); err != nil {
		return rossgram.Reindexed{}, content.E(op, content.Other, err)
	}
	var r rossgram.Reindexed
	err := (&indexer{n.store, n.index}).eachHead(ctx, func(head content.Head) error {
		change, err := repo.NewChange(ctx, n.store, content.Head{}, head)
		if err != nil {
			return err
		}
		r.Accounts++
		r.Records += len(change.Records)
		for _, rc := range change.Records {
			if rc.Path.Collection() == content.CollectionPost {
				r.Posts++
			}
		}
		err = n.index.Apply(ctx, head.Account(), content.Version{}, head.Version(), change.Records)
		if content.KindOf(err) == content.Conflict {
			return nil // entered since the reset, by a step that was published: watch sees to it
		}
		return err
	})
	if err != nil {
		return rossgram.Reindexed{}, content.E(op, content.Other, err)
	}
	return r, nil
}

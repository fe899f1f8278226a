package store

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/dgraph-io/badger/v4"
	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// Publication is one step of one account's repository: its new head, what that
// head needs, and what it needs no more. Pins win over unpins.
type Publication struct {
	Account content.AccountID
	Version content.Version
	Head    []byte // as encoded by package repo, at most content.MaxHeadSize
	// Instead says that the history held is given up for another: the head may be
	// of any version.
	Instead bool

	Blocks       []content.Block // to be stored; those that came in before need not be named
	Pin          []Pin
	UnpinNodes   []cid.Cid      // tree nodes: pins without a referrer
	UnpinRecords []content.Path // all pins with these referrers
}

// Publish makes a publication durable: first its blocks, synced, then head and
// pins in one transaction. When it returns nil, the head and all its blocks
// survive kill -9 and power loss. When it returns an error, the account is where
// it was, unless the disk itself failed. Publishing the same again is no error.
//
// Where there are more pins than a transaction takes (some thousands), the new
// pins come first, in several, then the head, then what is unpinned: a crash in
// between leaves pins too many, never one too few.
//
// In the end, blocks that nobody needs any more are deleted; those that were
// written within ten minutes are left to [Store.GC]. Failing to delete is logged
// and not an error.
//
// Errors are of kind Conflict if a newer head, or another one of the same
// version, is held (but see Instead); Quota if there is no room; Invalid if a CID or a path is not
// well-formed.
func (s *Store) Publish(ctx context.Context, p Publication) error {
	const op = "store.Publish"
	if len(p.Head) == 0 || len(p.Head) > content.MaxHeadSize || p.Account.IsZero() {
		return content.Errorf(op, content.Invalid, "a publication without a head, or with one over the limit")
	}
	s.makeRoom(ctx, blocksSize(p.Blocks)+int64(len(p.Pin))*perPin, p.purpose())
	s.state.writing.Lock()
	defer s.state.writing.Unlock()
	if err := s.finishRemoval(ctx, p.Account); err != nil {
		return fail(op, err)
	}
	if err := s.checkSucceeds(p); err != nil {
		return fail(op, err)
	}
	orphans, err := s.commit(ctx, p)
	if err != nil {
		return fail(op, err)
	}
	s.dropOrphans(orphans)
	return nil
}

// commit writes the publication in order and returns the blocks that lost their
// last pin.
func (s *Store) commit(ctx context.Context, p Publication) ([]digest, error) {
	for _, b := range p.Blocks {
		if _, err := content.CheckBlock(b.CID, b.Data); err != nil {
			return nil, err
		}
	}
	w, err := s.pinWriter(ctx, p.Account, p.Pin)
	if err != nil {
		return nil, err
	}
	defer w.discard()
	gone, err := s.unpins(ctx, p)
	if err != nil {
		return nil, err
	}
	if err := s.room.take(blocksSize(p.Blocks)+w.size()+int64(len(p.Head)+entryOverhead), p.purpose()); err != nil {
		return nil, err
	}
	if err := s.write(ctx, p.Blocks); err != nil {
		return nil, err
	}
	if err := s.blocks.sync(); err != nil {
		return nil, err
	}
	return w.publish(p, gone)
}

func (w *pinSet) publish(p Publication, gone []pinKey) ([]digest, error) {
	// A first head that never comes must not leave its pins: the mark has them
	// removed.
	first := func(txn *badger.Txn) error { return txn.Set(accountKey(tagRemoval, p.Account), nil) }
	_, err := w.txn.Get(accountKey(tagHead, p.Account))
	if errors.Is(err, badger.ErrKeyNotFound) {
		w.onFull = first
	} else if err != nil {
		return nil, err
	}
	if err := w.addAll(); err != nil {
		return nil, err
	}
	w.onFull = nil
	if err := w.txn.Set(accountKey(tagHead, p.Account), append(appendVersion(nil, p.Version), p.Head...)); err != nil {
		return nil, err
	}
	if err := w.txn.Delete(accountKey(tagRemoval, p.Account)); err != nil {
		return nil, err
	}
	if err := w.removeAll(gone); err != nil {
		return nil, err
	}
	return w.orphans, w.commit()
}

// purpose lets somebody whose disk is full delete posts: a small publication
// that unpins records makes room.
func (p Publication) purpose() purpose {
	const small = 1 << 20
	if len(p.UnpinRecords) > 0 && blocksSize(p.Blocks) <= small {
		return shrinking
	}
	return growing
}

// unpins lists the pins that a publication removes.
func (s *Store) unpins(ctx context.Context, p Publication) ([]pinKey, error) {
	var gone []pinKey
	for _, c := range p.UnpinNodes {
		k, err := Pin{CID: c}.key(p.Account)
		if err != nil {
			return nil, err
		}
		gone = append(gone, k)
	}
	for _, path := range p.UnpinRecords {
		if err := path.Validate(); err != nil {
			return nil, err
		}
		if err := s.state.scan(ctx, referrerPrefix(p.Account, path), keysOnly, func(item *badger.Item) (bool, error) {
			if k, ok := parsePin(item.Key()); ok {
				gone = append(gone, k)
			}
			return true, nil
		}); err != nil {
			return nil, err
		}
	}
	return gone, nil
}

func (s *Store) checkSucceeds(p Publication) error {
	h, err := s.head(p.Account)
	if content.KindOf(err) == content.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	switch p.Version.Compare(h.Version) {
	case 1:
		return nil
	case 0:
		if bytes.Equal(p.Head, h.Bytes) {
			return nil
		}
	}
	if p.Instead {
		return nil
	}
	return content.Errorf("store.Publish", content.Conflict, "a head that is not older is published already: "+h.Version.Rev.String())
}

// dropOrphans deletes blocks that lost their last pin, except those that are
// held or young. The writer lock of state is held, so that none is pinned
// meanwhile.
func (s *Store) dropOrphans(orphans []digest) {
	s.dirty.Store(true)
	for list := range slices.Chunk(orphans, removeChunk) {
		if _, _, err := s.blocks.remove(list, s.unneeded(s.blocks.oldest(s.now()))); err != nil {
			s.log.Warn("blocks that nobody needs stay until the next collection", "error", err)
			return
		}
	}
}

// unneeded returns the condition on which a block of a version up to old may be
// deleted. The writer lock of state is held while it is used.
func (s *Store) unneeded(old uint64) func(digest, uint64) (bool, error) {
	return func(d digest, version uint64) (bool, error) {
		if version > old || s.holds.has(d) {
			return false, nil
		}
		pinned, err := s.pinned(d)
		return !pinned, err
	}
}

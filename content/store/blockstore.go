package store

import (
	"cmp"
	"context"

	"github.com/dgraph-io/badger/v4"
	"github.com/ipfs/boxo/blockstore"
	blockformat "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"

	"rossgram.app/content"
)

// Blockstore returns boxo's interface to all blocks, for fetching. It takes and
// has only CIDs of the form we use, and a block that is not held is boxo's
// NotFound error.
func (s *Store) Blockstore() blockstore.Blockstore { return everything{s} }

// Published returns the blocks that a published head pins: what any peer and
// any gateway may see, and nothing under a hold. Asking for others costs one
// lookup. It is read-only: writing is of kind Permission.
func (s *Store) Published() blockstore.Blockstore { return published{s} }

// AppendPublished appends the bytes of a block that a published head pins to b, so
// that who gives out many needs no memory for each. Kind NotFound if the block is
// not held, or not published.
func (s *Store) AppendPublished(ctx context.Context, c cid.Cid, b []byte) ([]byte, error) {
	const op = "store.AppendPublished"
	if err := ctx.Err(); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	d, err := digestOf(c)
	if err != nil {
		return nil, content.E(op, content.NotFound, err)
	}
	if ok, err := s.pinned(d); err != nil || !ok {
		return nil, fail(op, cmp.Or(err, badger.ErrKeyNotFound))
	}
	s.touch()
	if b, err = s.blocks.append(b, d); err != nil {
		return nil, fail(op, err)
	}
	return b, nil
}

// everything is the blockstore of all blocks.
type everything struct{ s *Store }

func (b everything) Has(ctx context.Context, c cid.Cid) (bool, error) {
	if content.CheckCID(c) != nil {
		return false, nil
	}
	return b.s.Has(ctx, c)
}

func (b everything) Get(ctx context.Context, c cid.Cid) (blockformat.Block, error) {
	return b.s.block(ctx, c, verified)
}

func (b everything) GetSize(ctx context.Context, c cid.Cid) (int, error) {
	return b.s.blockSize(ctx, c)
}

func (b everything) Put(ctx context.Context, blk blockformat.Block) error {
	return b.PutMany(ctx, []blockformat.Block{blk})
}

func (b everything) PutMany(ctx context.Context, list []blockformat.Block) error {
	ours := make([]content.Block, len(list))
	for i, blk := range list {
		ours[i] = content.Block{CID: blk.Cid(), Data: blk.RawData()}
	}
	return b.s.Put(ctx, ours...)
}

func (b everything) DeleteBlock(ctx context.Context, c cid.Cid) error { return b.s.Delete(ctx, c) }

func (b everything) AllKeysChan(ctx context.Context) (<-chan cid.Cid, error) {
	return b.s.stream(ctx, b.s.eachBlock), nil
}

// published is the blockstore of pinned blocks.
type published struct{ s *Store }

func (p published) Has(ctx context.Context, c cid.Cid) (bool, error) {
	ok, err := p.s.isPublished(c)
	if err != nil || !ok {
		return false, err
	}
	return p.s.Has(ctx, c)
}

func (p published) Get(ctx context.Context, c cid.Cid) (blockformat.Block, error) {
	if ok, err := p.s.isPublished(c); err != nil || !ok {
		return nil, orNotFound(err, c)
	}
	return p.s.block(ctx, c, checksummed)
}

func (p published) GetSize(ctx context.Context, c cid.Cid) (int, error) {
	if ok, err := p.s.isPublished(c); err != nil || !ok {
		return -1, orNotFound(err, c)
	}
	return p.s.blockSize(ctx, c)
}

func (p published) AllKeysChan(ctx context.Context) (<-chan cid.Cid, error) {
	return p.s.stream(ctx, p.s.eachPublished), nil
}

func (published) Put(context.Context, blockformat.Block) error       { return errReadOnly() }
func (published) PutMany(context.Context, []blockformat.Block) error { return errReadOnly() }
func (published) DeleteBlock(context.Context, cid.Cid) error         { return errReadOnly() }

func errReadOnly() error {
	return content.Errorf("store.Published", content.Permission, "published blocks are changed by publishing")
}

func orNotFound(err error, c cid.Cid) error {
	if err == nil {
		err = ipld.ErrNotFound{Cid: c}
	}
	return err
}

func (s *Store) isPublished(c cid.Cid) (bool, error) {
	d, err := digestOf(c)
	if err != nil {
		return false, nil
	}
	ok, err := s.pinned(d)
	return ok, fail("store.Published", err)
}

func (s *Store) block(ctx context.Context, c cid.Cid, ok check) (blockformat.Block, error) {
	const op = "store.Get"
	if err := ctx.Err(); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	s.touch()
	data, err := s.load(op, c, ok)
	if kind := content.KindOf(err); kind == content.NotFound || kind == content.Invalid {
		return nil, ipld.ErrNotFound{Cid: c}
	}
	if err != nil {
		return nil, err
	}
	return blockformat.NewBlockWithCid(data, c)
}

// blockSize looks at the value, because the size that badger keeps beside the key is
// an estimate.
func (s *Store) blockSize(ctx context.Context, c cid.Cid) (int, error) {
	const op = "store.GetSize"
	if err := ctx.Err(); err != nil {
		return -1, content.E(op, content.Other, err)
	}
	d, err := digestOf(c)
	if err != nil {
		return -1, ipld.ErrNotFound{Cid: c}
	}
	size, err := s.blocks.size(d)
	if err = fail(op, err); content.KindOf(err) == content.NotFound {
		err = ipld.ErrNotFound{Cid: c}
	}
	if err != nil {
		return -1, err
	}
	return int(size), nil
}

// stream sends what each finds until ctx is done or the store closes.
func (s *Store) stream(ctx context.Context, each func(context.Context, func(cid.Cid) bool) error) <-chan cid.Cid {
	out := make(chan cid.Cid)
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.background, cancel)
	s.owned.Go(func() {
		defer close(out)
		defer cancel()
		defer stop()
		err := each(ctx, func(c cid.Cid) bool {
			select {
			case out <- c:
				return true
			case <-ctx.Done():
				return false
			}
		})
		if err != nil && ctx.Err() == nil {
			s.log.Warn("listing blocks ended early", "error", err)
		}
	})
	return out
}

func (s *Store) eachBlock(ctx context.Context, f func(cid.Cid) bool) error {
	return s.blocks.scan(ctx, nil, keysOnly, func(item *badger.Item) (bool, error) {
		if len(item.Key()) != len(digest{}) {
			return true, nil // the format
		}
		return f(cidOf(item.UserMeta(), digest(item.Key()))), nil
	})
}

func (s *Store) eachPublished(ctx context.Context, f func(cid.Cid) bool) error {
	return s.state.scan(ctx, []byte{tagCount}, keysOnly, func(item *badger.Item) (bool, error) {
		c := cidOf(item.UserMeta(), digest(item.Key()[1:]))
		if held, err := s.blocks.has(digest(item.Key()[1:])); err != nil || !held {
			return true, err
		}
		return f(c), nil
	})
}

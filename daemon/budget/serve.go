package budget

import (
	"context"
	"time"

	"github.com/ipfs/boxo/blockstore"
	blockformat "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	"golang.org/x/time/rate"

	"rossgram.app/content"
)

// What is given to peers while traffic is spared: files at so many bytes a second,
// which is a small photo now and then.
const trickle = 4 << 10

// gate is what blocks pass on their way to peers.
type gate struct {
	rate    *rate.Limiter // nil is as fast as can be
	trickle *rate.Limiter
}

// burst is one block at least, or the largest could never pass.
const burst = 2 * content.MaxBlockSize

func newGate(perSecond int64) gate {
	g := gate{trickle: rate.NewLimiter(trickle, burst)}
	if perSecond > 0 {
		g.rate = rate.NewLimiter(rate.Limit(perSecond), max(burst, int(perSecond/4)))
	}
	return g
}

// Serve returns blocks as peers may have them: not faster than the upload rate, and
// hardly any of photos while traffic is spared or the day's limit is reached. Those
// that are held back are answered like blocks that are not here, so that the peer
// asks somebody else. Records and tree nodes are always given.
func (b *Budget) Serve(blocks blockstore.Blockstore) blockstore.Blockstore {
	return served{blocks, b}
}

type served struct {
	blockstore.Blockstore
	budget *Budget
}

// spares reports whether files are held back now.
func (b *Budget) spares() bool { return b.Metered() || b.DailyUp > 0 && b.Today().UpSpent() }

// Held reports whether a block is held back from peers now.
func (b *Budget) Held(c cid.Cid) bool {
	if content.Codec(c.Prefix().Codec) == content.DagCBOR || !b.spares() {
		return false
	}
	return b.serve.trickle.TokensAt(time.Now()) < content.MaxBlockSize
}

// Pass waits until a block of n bytes may be sent to peers, and counts it. It is
// with Held for what gives out blocks by another way than [Budget.Serve].
func (b *Budget) Pass(ctx context.Context, c cid.Cid, n int) error {
	if b.spares() && content.Codec(c.Prefix().Codec) != content.DagCBOR {
		b.serve.trickle.ReserveN(time.Now(), min(n, burst))
	}
	if b.serve.rate == nil {
		return nil
	}
	if err := b.serve.rate.WaitN(ctx, min(n, burst)); err != nil {
		return content.E("budget.Pass", content.Unavailable, err)
	}
	return nil
}

// Has implements [blockstore.Blockstore].
func (s served) Has(ctx context.Context, c cid.Cid) (bool, error) {
	if s.budget.Held(c) {
		return false, nil
	}
	return s.Blockstore.Has(ctx, c)
}

// GetSize implements [blockstore.Blockstore].
func (s served) GetSize(ctx context.Context, c cid.Cid) (int, error) {
	if s.budget.Held(c) {
		return -1, ipld.ErrNotFound{Cid: c}
	}
	return s.Blockstore.GetSize(ctx, c)
}

// Get implements [blockstore.Blockstore]. It waits for its turn.
func (s served) Get(ctx context.Context, c cid.Cid) (blockformat.Block, error) {
	if s.budget.Held(c) {
		return nil, ipld.ErrNotFound{Cid: c}
	}
	block, err := s.Blockstore.Get(ctx, c)
	if err != nil {
		return nil, err
	}
	return block, s.budget.Pass(ctx, c, len(block.RawData()))
}

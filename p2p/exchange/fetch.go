package exchange

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	boxo "github.com/ipfs/boxo/exchange"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"

	"rossgram.app/content"
)

// Sink takes the blocks that were fetched, a batch at a time, by several
// goroutines. A store is one.
type Sink interface {
	Put(ctx context.Context, blocks ...content.Block) error
}

// A fetch has up to inFlight batches on their way, each of filesBatch blocks of
// files (at most 1 MiB each) or nodesBatch records and tree nodes (64 KiB).
const (
	inFlight   = 4
	filesBatch = 8
	nodesBatch = 128
)

// Fetch gets blocks and puts them into sink, those that are wanted first coming
// first as far as peers allow. It connects to the holders beforehand, as far as
// they can be reached, and then asks them and other connected peers. Blocks put
// before an error stay; to go on, fetch the rest.
//
// Errors are of kind Unavailable if nothing arrived for the idle time or ctx
// ended, Invalid if a CID is not one of ours, and the sink's own.
func (x *Exchange) Fetch(ctx context.Context, holders []peer.AddrInfo, want []cid.Cid, sink Sink) error {
	const op = "exchange.Fetch"
	want, err := distinct(want)
	if err != nil {
		return content.E(op, content.Invalid, err)
	}
	if !x.enter() {
		return content.Errorf(op, content.Unavailable, "the exchange is closed")
	}
	defer x.running.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(x.ctx, func() { cancel(errClosed) })()
	defer x.favour(ctx, holders)()
	f := &fetch{session: x.client.NewSession(ctx), sink: sink, idle: x.idle}
	f.timer = time.AfterFunc(x.idle, func() { cancel(errIdle) })
	defer f.timer.Stop()
	if err := f.all(ctx, want); err != nil {
		return content.E(op, content.Other, f.explain(ctx, err, len(want)))
	}
	return nil
}

func (x *Exchange) enter() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ctx.Err() != nil {
		return false
	}
	x.running.Add(1)
	return true
}

var (
	errIdle   = errors.New("no peer sends the rest")
	errClosed = errors.New("the exchange is closed")
)

func distinct(want []cid.Cid) ([]cid.Cid, error) {
	seen := make(map[cid.Cid]struct{}, len(want))
	list := make([]cid.Cid, 0, len(want))
	for _, c := range want {
		if err := content.CheckCID(c); err != nil {
			return nil, err
		}
		if _, ok := seen[c]; !ok {
			seen[c] = struct{}{}
			list = append(list, c)
		}
	}
	return list, nil
}

// fetch is one call of Fetch.
type fetch struct {
	session boxo.Fetcher
	sink    Sink
	idle    time.Duration
	timer   *time.Timer
	stored  atomic.Int64
}

func (f *fetch) all(ctx context.Context, want []cid.Cid) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(inFlight)
	for len(want) > 0 && gctx.Err() == nil {
		n := batchLen(want)
		batch := want[:n]
		want = want[n:]
		g.Go(func() error { return f.batch(gctx, batch) })
	}
	if err := g.Wait(); err != nil || len(want) == 0 {
		return err
	}
	return context.Cause(ctx)
}

// batchLen returns how many of want to ask for next.
func batchLen(want []cid.Cid) int {
	for i, c := range want[:min(len(want), nodesBatch)] {
		if i >= filesBatch && content.Codec(c.Prefix().Codec) == content.Raw {
			return i
		}
	}
	return min(len(want), nodesBatch)
}

// batch gets some blocks and puts them into the sink together.
func (f *fetch) batch(ctx context.Context, want []cid.Cid) error {
	ch, err := f.session.GetBlocks(ctx, want)
	if err != nil {
		return err
	}
	got := make([]content.Block, 0, len(want))
	for b := range ch {
		f.timer.Reset(f.idle)
		block := content.Block{CID: b.Cid(), Data: b.RawData()} // bitswap computed the CID from the bytes
		if err := checkSize(block); err != nil {
			return err
		}
		got = append(got, block)
	}
	// What arrived is kept, also if the rest never does.
	if err := f.sink.Put(context.WithoutCancel(ctx), got...); err != nil {
		return err
	}
	f.stored.Add(int64(len(got)))
	if len(got) < len(want) { // the channel closes early when ctx ends
		return context.Cause(ctx)
	}
	f.timer.Reset(f.idle)
	return nil
}

func checkSize(b content.Block) error {
	limit := content.MaxNodeSize
	if content.Codec(b.CID.Prefix().Codec) == content.Raw {
		limit = content.MaxBlockSize
	}
	if len(b.Data) > limit {
		return content.Errorf("exchange.checkSize", content.TooLarge, "block over the limit: "+b.CID.String())
	}
	return nil
}

// explain turns the end of a context into an error that says how far it came.
func (f *fetch) explain(ctx context.Context, err error, wanted int) error {
	if ctx.Err() == nil {
		return err
	}
	return content.E("exchange.wait", content.Unavailable,
		fmt.Errorf("%d of %d blocks arrived: %w", f.stored.Load(), wanted, context.Cause(ctx)))
}

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

// A batch is filesBatch blocks of files (at most 1 MiB each) or nodesBatch records
// and tree nodes (64 KiB). A fetch has up to batchesEach on their way, all fetches
// together batchesAll, and as much again may wait for the sink: a batch that is
// stored never keeps the next one from being asked for.
const (
	batchesEach = 4
	batchesAll  = 8
	filesBatch  = 8
	nodesBatch  = 128
	storers     = 2 // of a fetch
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
	f := &fetch{
		session: x.client.NewSession(ctx), turns: x.turns, sink: sink, idle: x.idle,
		arrived: make(chan []content.Block),
	}
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
	turns   chan struct{} // of all fetches
	sink    Sink
	idle    time.Duration
	timer   *time.Timer
	arrived chan []content.Block
	stored  atomic.Int64
}

// all asks for batch after batch, and has what arrives stored beside that.
func (f *fetch) all(ctx context.Context, want []cid.Cid) error {
	storing, sctx := errgroup.WithContext(ctx)
	for range storers {
		storing.Go(func() error { return f.store(ctx) })
	}
	err := f.request(sctx, want)
	close(f.arrived)
	if failed := storing.Wait(); failed != nil {
		return failed
	}
	return err
}

func (f *fetch) request(ctx context.Context, want []cid.Cid) error {
	asking, actx := errgroup.WithContext(ctx)
	asking.SetLimit(batchesEach)
	for len(want) > 0 && actx.Err() == nil {
		n := batchLen(want)
		batch := want[:n]
		want = want[n:]
		asking.Go(func() error { return f.batch(actx, batch) })
	}
	if err := asking.Wait(); err != nil || len(want) == 0 {
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

// batch gets some blocks and hands them to be stored together.
func (f *fetch) batch(ctx context.Context, want []cid.Cid) error {
	select {
	case f.turns <- struct{}{}:
		defer func() { <-f.turns }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	got, err := f.get(ctx, want)
	if err == nil && len(got) < len(want) { // the channel closes early when ctx ends
		err = context.Cause(ctx)
	}
	if len(got) == 0 {
		return err
	}
	select { // what arrived is kept, also if the rest never does
	case f.arrived <- got:
		return err
	case <-ctx.Done():
		return errors.Join(err, f.put(ctx, got))
	}
}

func (f *fetch) get(ctx context.Context, want []cid.Cid) ([]content.Block, error) {
	ch, err := f.session.GetBlocks(ctx, want)
	if err != nil {
		return nil, err
	}
	got := make([]content.Block, 0, len(want))
	for b := range ch {
		f.timer.Reset(f.idle)
		block := content.Block{CID: b.Cid(), Data: b.RawData()} // bitswap computed the CID from the bytes
		if err := checkSize(block); err != nil {
			return nil, err
		}
		got = append(got, block)
	}
	return got, nil
}

// store puts what arrives into the sink until no more comes, or the sink fails,
// which ends the asking.
func (f *fetch) store(ctx context.Context) error {
	for got := range f.arrived {
		if err := f.put(ctx, got); err != nil {
			return err
		}
	}
	return nil
}

func (f *fetch) put(ctx context.Context, got []content.Block) error {
	if err := f.sink.Put(context.WithoutCancel(ctx), got...); err != nil {
		return err
	}
	f.stored.Add(int64(len(got)))
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

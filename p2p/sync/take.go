package sync

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/p2p/internal/wire"
)

// Sink takes blocks whose CID was computed from their bytes. The bytes are the
// sink's only until Put returns. A store is one.
type Sink interface {
	Put(ctx context.Context, blocks ...content.Block) error
}

// Blocks go to the sink in batches: small ones at first, so that the first photo is
// there at once, and then of up to batchMost bytes, so that a disk has something to
// do. While one is stored the next one comes in.
const (
	batchFirst = 64 << 10
	batchMost  = 2 << 20
)

// batches holds the bytes of batches that were stored: fresh memory costs more
// than what is done with it.
var batches = sync.Pool{New: func() any { b := make([]byte, 0, batchMost); return &b }}

// taker reads a CAR of which it knows what may come, and hands the blocks on.
type taker struct {
	ctx    context.Context
	car    carReader
	sink   Sink
	limit  int
	coming batch
	other  batch      // is being stored, or empty
	stored chan error // of the other batch, if it is being stored
	took   Taken
}

// batch is blocks and where their bytes are.
type batch struct {
	bytes  *[]byte
	blocks []content.Block
}

func newBatch() batch { return batch{bytes: batches.Get().(*[]byte)} }

func (b *batch) empty() { b.blocks, *b.bytes = b.blocks[:0], (*b.bytes)[:0] }

// Taken counts what came.
type Taken struct {
	Blocks int
	Bytes  int64
}

// expecting is what may come, in the order in which it may.
type expecting interface {
	// seek passes over what comes before a block, and reports whether it may
	// come at all.
	seek(c cid.Cid) bool
	// take goes on behind the block that was sought, and says whether it is for
	// the sink. The bytes are not its own.
	take(c cid.Cid, data []byte) (keep bool, err error)
}

func newTaker(ctx context.Context, w *wire.Conn, sink Sink) *taker {
	return &taker{ctx: ctx, car: carReader{w}, sink: sink, limit: batchFirst, coming: newBatch(), other: newBatch()}
}

// run takes blocks until the stream ends. What came whole before an error is with
// the sink.
func (t *taker) run(e expecting) error {
	err := t.readAll(e)
	if putErr := cmp.Or(t.put(), t.wait()); putErr != nil { // the sink's failure is why no more came
		err = putErr
	}
	for _, b := range []batch{t.coming, t.other} {
		b.empty()
		batches.Put(b.bytes)
	}
	return err
}

func (t *taker) readAll(e expecting) error {
	for {
		c, size, err := t.car.next()
		if errors.Is(err, errEnd) {
			return nil
		}
		if err != nil {
			return err
		}
		if !e.seek(c) {
			return content.Errorf("sync.take", content.Invalid, "the peer sends a block that does not belong: "+c.String())
		}
		data, err := t.room(size)
		if err != nil {
			return err
		}
		if err := t.car.data(c, data); err != nil {
			return err
		}
		keep, err := e.take(c, data)
		if err != nil {
			return err
		}
		if keep {
			t.coming.blocks = append(t.coming.blocks, content.Block{CID: c, Data: data})
			t.took.Blocks++
			t.took.Bytes += int64(size)
		}
	}
}

// room returns so many bytes of the batch, which is handed on before it grows over
// its limit.
func (t *taker) room(size int) ([]byte, error) {
	if b := *t.coming.bytes; len(b) > 0 && (len(b)+size > t.limit || len(b)+size > cap(b)) {
		if err := t.put(); err != nil {
			return nil, err
		}
		t.limit = min(2*t.limit, batchMost)
	}
	b := *t.coming.bytes
	*t.coming.bytes = b[:len(b)+size]
	return (*t.coming.bytes)[len(b) : len(b)+size : len(b)+size], nil
}

// put has the batch stored, once the one before it is, and begins another. Its
// failure is that of the one before.
func (t *taker) put() error {
	if len(t.coming.blocks) == 0 {
		t.coming.empty()
		return nil
	}
	if err := t.wait(); err != nil {
		t.coming.empty()
		return err
	}
	t.coming, t.other = t.other, t.coming
	stored, blocks := make(chan error, 1), t.other.blocks
	t.stored = stored
	go func() { stored <- t.sink.Put(t.ctx, blocks...) }()
	return nil
}

// wait waits for the batch that is being stored.
func (t *taker) wait() error {
	if t.stored == nil {
		return nil
	}
	err := <-t.stored
	t.stored = nil
	t.other.empty()
	return err
}

package sync

import (
	"bufio"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/multiformats/go-varint"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// The most bytes of a message. A request about [MaxAccounts] accounts has about
// 200 KB.
const (
	maxRequest  = 256 << 10
	maxResponse = 256 << 10
)

// buffered is how many bytes of small messages go at once, each way.
const buffered = 16 << 10

// patience is how many times the timeout of one message an exchange may take in
// all, so that a peer which trickles does not hold a stream for ever.
const patience = 4

// wire reads and writes messages on a stream: the length as an unsigned varint
// (multiformats specification), then as many bytes of DAG-CBOR.
type wire struct {
	stream  network.Stream
	in      *bufio.Reader
	out     *bufio.Writer
	timeout time.Duration
	end     time.Time
}

func newWire(s network.Stream, timeout time.Duration) *wire {
	return &wire{s, bufio.NewReaderSize(s, buffered), bufio.NewWriterSize(s, buffered),
		timeout, time.Now().Add(patience * timeout)}
}

func (w *wire) deadline() time.Time {
	if d := time.Now().Add(w.timeout); d.Before(w.end) {
		return d
	}
	return w.end
}

// read returns the next message. A message longer than limit is refused before
// memory is spent on it, and one that does not arrive within the timeout is an
// error however slowly it trickles.
func (w *wire) read(limit uint64) ([]byte, error) {
	const op = "sync.read"
	if err := w.stream.SetReadDeadline(w.deadline()); err != nil {
		return nil, content.E(op, content.Unavailable, err)
	}
	n, err := varint.ReadUvarint(w.in)
	if err != nil {
		return nil, content.E(op, content.Unavailable, err)
	}
	if n > limit {
		return nil, content.Errorf(op, content.TooLarge, "message over the limit")
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(w.in, b); err != nil {
		return nil, content.E(op, content.Unavailable, err)
	}
	return b, nil
}

// write queues a message; see flush.
func (w *wire) write(v any) error {
	const op = "sync.write"
	b, err := dagcbor.Marshal(v)
	if err != nil {
		return content.E(op, content.Invalid, err)
	}
	if err := w.stream.SetWriteDeadline(w.deadline()); err != nil {
		return content.E(op, content.Unavailable, err)
	}
	if _, err = w.out.Write(varint.ToUvarint(uint64(len(b)))); err == nil {
		_, err = w.out.Write(b)
	}
	if err != nil {
		return content.E(op, content.Unavailable, err)
	}
	return nil
}

// flush sends what was written.
func (w *wire) flush() error {
	if err := w.out.Flush(); err != nil {
		return content.E("sync.write", content.Unavailable, err)
	}
	return nil
}

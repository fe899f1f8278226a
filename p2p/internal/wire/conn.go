// Package wire is how protocols of our own speak over a stream: one request from
// whoever opened it, then the answer's messages. A message is its length as an
// unsigned varint (multiformats specification) and as many bytes of DAG-CBOR.
//
// It guarantees that a message over a limit is refused before memory is spent,
// that a peer which trickles does not hold a stream for ever, and that streams and
// work are shared among peers. What messages mean is the protocols' business.
package wire

import (
	"bufio"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	ma "github.com/multiformats/go-multiaddr"
	"github.com/multiformats/go-varint"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// patience is how many times the timeout of one message an exchange may take in
// all.
const patience = 4

// Conn reads and writes messages on a stream. It is not safe for concurrent use.
type Conn struct {
	stream  network.Stream
	in      *bufio.Reader
	out     *bufio.Writer
	timeout time.Duration
	end     time.Time
}

// buffered is how many bytes of small messages go at once, each way.
const buffered = 16 << 10

// slowest is the rate in bytes a second below which a peer is too slow to go on
// with where an answer is bulk.
const slowest = 8 << 10

// NewConn speaks over a stream, of which each message has a timeout.
func NewConn(s network.Stream, timeout time.Duration) *Conn {
	return &Conn{s, bufio.NewReaderSize(s, buffered), bufio.NewWriterSize(s, buffered),
		timeout, time.Now().Add(patience * timeout)}
}

// Remote returns the address at the other end.
func (c *Conn) Remote() ma.Multiaddr { return c.stream.Conn().RemoteMultiaddr() }

// Receive returns where to read a piece of bulk of so many bytes, for which the
// peer has from now on the timeout of a message and what a slow line takes.
func (c *Conn) Receive(size int) (*bufio.Reader, error) {
	if err := c.stream.SetReadDeadline(c.bulkDeadline(size)); err != nil {
		return nil, content.E("wire.Receive", content.Unavailable, err)
	}
	return c.in, nil
}

// Send is [Conn.Receive] for writing.
func (c *Conn) Send(size int) (*bufio.Writer, error) {
	if err := c.stream.SetWriteDeadline(c.bulkDeadline(size)); err != nil {
		return nil, content.E("wire.Send", content.Unavailable, err)
	}
	return c.out, nil
}

func (c *Conn) bulkDeadline(size int) time.Time {
	return time.Now().Add(c.timeout + time.Duration(size)*time.Second/slowest)
}

func (c *Conn) deadline() time.Time {
	if d := time.Now().Add(c.timeout); d.Before(c.end) {
		return d
	}
	return c.end
}

// Read returns the next message. Errors are of kind TooLarge if it is longer than
// limit, and Unavailable if it does not arrive in time.
func (c *Conn) Read(limit uint64) ([]byte, error) {
	const op = "wire.Read"
	if err := c.stream.SetReadDeadline(c.deadline()); err != nil {
		return nil, content.E(op, content.Unavailable, err)
	}
	n, err := varint.ReadUvarint(c.in)
	if err != nil {
		return nil, content.E(op, content.Unavailable, err)
	}
	if n > limit {
		return nil, content.Errorf(op, content.TooLarge, "message over the limit")
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(c.in, b); err != nil {
		return nil, content.E(op, content.Unavailable, err)
	}
	return b, nil
}

// Write queues a message; see [Conn.Flush]. Kind Invalid if it can't be encoded.
func (c *Conn) Write(v any) error {
	const op = "wire.Write"
	b, err := dagcbor.Marshal(v)
	if err != nil {
		return content.E(op, content.Invalid, err)
	}
	if err := c.stream.SetWriteDeadline(c.deadline()); err != nil {
		return content.E(op, content.Unavailable, err)
	}
	if _, err = c.out.Write(varint.ToUvarint(uint64(len(b)))); err == nil {
		_, err = c.out.Write(b)
	}
	if err != nil {
		return content.E(op, content.Unavailable, err)
	}
	return nil
}

// Flush sends what was written.
func (c *Conn) Flush() error {
	if err := c.out.Flush(); err != nil {
		return content.E("wire.Flush", content.Unavailable, err)
	}
	return nil
}

// send is the whole of a request.
func (c *Conn) send(request any) error {
	if err := c.Write(request); err != nil {
		return err
	}
	if err := c.Flush(); err != nil {
		return err
	}
	return c.stream.CloseWrite()
}

// finish ends an answer: whole, or by a reset.
func (c *Conn) finish(err error) {
	if err == nil {
		err = c.Flush()
	}
	if err == nil {
		err = c.stream.Close()
	}
	if err != nil {
		c.stream.Reset()
	}
}

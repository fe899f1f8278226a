package wire

import (
	"context"
	"errors"
	"sync"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/multiformats/go-multistream"

	"rossgram.app/content"
)

// Protocol is one stream protocol as a node answers it.
type Protocol struct {
	ID         protocol.ID
	MaxRequest uint64 // bytes of a request
	Limits     Limits
	// Serve writes the answer to a request; an error resets the stream. ctx ends
	// with [Endpoint.Close].
	Serve func(ctx context.Context, c *Conn, from peer.ID, request []byte) error
}

// Endpoint asks peers and answers them in one protocol. It is safe for concurrent
// use.
type Endpoint struct {
	host  host.Host
	proto Protocol
	quota *quota

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	mu      sync.Mutex // guards running.Add against Close
	running sync.WaitGroup
}

// New returns an endpoint that does not answer yet, see [Endpoint.Listen].
func New(h host.Host, p Protocol) *Endpoint {
	p.Limits = p.Limits.withDefaults()
	e := &Endpoint{host: h, proto: p, quota: newQuota(p.Limits)}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	return e
}

// Listen begins to answer. What Serve uses must be there by now.
func (e *Endpoint) Listen() { e.host.SetStreamHandler(e.proto.ID, e.accept) }

// accept serves one stream. libp2p calls it in a goroutine of the stream's own.
func (e *Endpoint) accept(stream network.Stream) {
	if !e.enter() {
		stream.Reset()
		return
	}
	defer e.running.Done()
	e.serve(stream)
}

func (e *Endpoint) enter() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx.Err() != nil {
		return false
	}
	e.running.Add(1)
	return true
}

// serve answers the one request of a stream. A peer that does not keep to the
// protocol has its stream reset; there is nothing to tell it.
func (e *Endpoint) serve(stream network.Stream) {
	from := stream.Conn().RemotePeer()
	defer context.AfterFunc(e.ctx, func() { stream.Reset() })()
	c := NewConn(stream, e.proto.Limits.Timeout)
	if !e.quota.enter(from) {
		c.finish(c.Fail(Busy))
		return
	}
	defer e.quota.leave(from)
	request, err := c.Read(e.proto.MaxRequest)
	if err != nil {
		stream.Reset()
		return
	}
	c.finish(e.proto.Serve(e.ctx, c, from, request))
}

// Spend takes units of work off a peer's allowance, unless it has too few. A
// request that is over the whole allowance takes all of it. It is for use in
// Serve.
func (e *Endpoint) Spend(p peer.ID, units int) bool { return e.quota.spend(p, units) }

// EnterBulk takes one of the streams that may carry bulk, unless there is none left:
// slow readers of bulk must not keep others from asking. It is for use in Serve;
// [Endpoint.LeaveBulk] undoes it.
func (e *Endpoint) EnterBulk(p peer.ID) bool { return e.quota.enterBulk(p) }

// LeaveBulk gives the stream back.
func (e *Endpoint) LeaveBulk(p peer.ID) { e.quota.leaveBulk(p) }

// Ask opens a stream to a connected peer, sends the request and has the answer
// read. The stream is reset unless read returns nil. Errors are of kind
// Unavailable if the peer could not be asked, NotFound if it does not speak the
// protocol, and those of read.
func (e *Endpoint) Ask(ctx context.Context, p peer.ID, request any, read func(*Conn) error) error {
	if !e.enter() {
		return content.Errorf("wire.Ask", content.Unavailable, "the node is closing")
	}
	defer e.running.Done()
	stream, err := e.open(ctx, p)
	if err != nil {
		return err
	}
	defer context.AfterFunc(e.ctx, func() { stream.Reset() })()
	defer context.AfterFunc(ctx, func() { stream.Reset() })()
	if err := exchange(NewConn(stream, e.proto.Limits.Timeout), request, read); err != nil {
		stream.Reset()
		return err
	}
	stream.Close() // all that was wanted is here
	return nil
}

// AskOnce is [Endpoint.Ask] for an answer of one message of at most limit bytes.
func AskOnce[A any](ctx context.Context, e *Endpoint, p peer.ID, request any, limit uint64, decode func([]byte) (A, error)) (answer A, err error) {
	err = e.Ask(ctx, p, request, func(c *Conn) error {
		b, err := c.Read(limit)
		if err == nil {
			answer, err = decode(b)
		}
		return err
	})
	return answer, err
}

// exchange reads the answer also if not all of the request could be sent: one
// who is busy says so before it has read any.
func exchange(c *Conn, request any, read func(*Conn) error) error {
	if err := c.send(request); content.KindOf(err) == content.Invalid { // nothing was sent
		return err
	}
	return read(c)
}

// open does not dial: whoever asks is connected, and else does not want to be. The
// peer is asked whether it speaks the protocol, as what it said when it was met may be
// out of date.
func (e *Endpoint) open(ctx context.Context, p peer.ID) (network.Stream, error) {
	const op = "wire.open"
	ctx, cancel := context.WithTimeout(network.WithNoDial(ctx, string(e.proto.ID)), e.proto.Limits.Timeout)
	defer cancel()
	stream, err := e.host.NewStream(ctx, p, e.proto.ID)
	switch {
	case errors.Is(err, multistream.ErrNotSupported[protocol.ID]{}):
		return nil, content.Errorf(op, content.NotFound, "the peer does not speak "+string(e.proto.ID))
	case err != nil:
		return nil, content.E(op, content.Unavailable, err)
	}
	return stream, nil
}

// Close stops answering, cuts what is under way and waits for it.
func (e *Endpoint) Close() error {
	e.host.RemoveStreamHandler(e.proto.ID)
	e.mu.Lock()
	e.cancel()
	e.mu.Unlock()
	e.running.Wait()
	return nil
}

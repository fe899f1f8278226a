// Package mailbox brings notices to a node that serves the account they are for:
// somebody follows, likes or comments, or does so no longer. It also lets a node that
// hosts an account collect what a mirror has kept for it.
//
// It guarantees that a [Notice] stands for what the actor's repository said under a
// head that the actor signed: the head is verified, the tree proves which record
// there is at the path, or that there is none, and the record is that one. It
// guarantees that who collects was asked to by the account's writer, for this very
// node and a moment ago, and that what peers can make a node spend is bounded (see
// the limits).
//
// It leaves to its caller: whether a record is about the target at all, which
// depends on its kind; which of two notices about one path is newer (the one with
// the later head); whom to trust; and whether a certificate is still in force.
//
// The protocol is [Protocol]; docs/protocol-mailbox.md describes its messages.
package mailbox

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"golang.org/x/time/rate"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/wire"
)

// Protocol names the stream protocol.
const Protocol protocol.ID = "/rossgram/mailbox/1"

// The protocol's limits, the same for everybody.
const (
	MaxNotices   = 32             // in a request to deliver, and in a page
	MaxNotice    = 512 << 10      // bytes of a notice
	MaxProof     = mst.MaxProof   // tree nodes of one proof
	MaxProofSize = 256 << 10      // bytes of all nodes of one proof
	MaxRecord    = record.MaxSize // bytes
	MaxCursor    = 64             // bytes
	MaxBits      = 26             // of a puzzle
	MaxWait      = 24 * time.Hour // that a verdict names

	maxMessage = 1 << 20   // bytes of a request, and of an answer
	fitting    = 256 << 10 // bytes of notices that [Fit] lets into one message
)

// Work is counted in units. A notice costs two signatures of its head, and two more
// if it is introduced; a request to collect costs two, and reading a page.
const (
	unitsARequest = 1
	unitsANotice  = 4
	unitsAPage    = 8
	bytesAUnit    = 16 << 10 // of a request

	// All peers together, so that many identities get no more than a part of the
	// machine: about 500 notices a second.
	allPerSecond = 2000
	allBurst     = 8000
)

// defaults are the limits of one peer; see [wire.Limits].
var defaults = wire.Limits{Streams: 16, StreamsPerPeer: 2, PerSecond: 8, Burst: 400, Timeout: 15 * time.Second}

// Receiver is what takes notices and keeps them. Its methods are called by several
// goroutines.
type Receiver interface {
	// Deliver judges a verified notice that a peer brought. The same notice (see
	// [Notice.ID]) may come again, also from another peer; what it says of older
	// heads may come after what is newer. The kinds of an error are told as
	// verdicts: NotFound as [Unknown], Invalid, TooLarge and Permission as
	// [Refused], any other as [Later].
	Deliver(ctx context.Context, from peer.ID, n Notice) (Verdict, error)
	// Collect returns at most max of the notices that are kept for an account,
	// from behind a cursor, and the cursor behind them. The empty cursor is the
	// beginning; what is before another was collected and may be forgotten. The
	// certificate is genuine; kind Permission if a newer one of the account is
	// known, NotFound if nothing is kept for it.
	Collect(ctx context.Context, cert content.Certificate, cursor Cursor, max int) ([]Draft, Cursor, error)
}

// Cursor is a place among the notices kept for an account, at most [MaxCursor]
// bytes. Only the node that keeps them can read it.
type Cursor []byte

// Config says how a [Speaker] is made. Receiver and Verify are required.
type Config struct {
	Receiver Receiver
	Verify   p2p.VerifyHead
	Now      func() time.Time
	Limits   wire.Limits
}

// Speaker brings notices to peers, and takes those that they bring. It is safe for
// concurrent use.
type Speaker struct {
	end      *wire.Endpoint
	host     host.Host
	receiver Receiver
	verify   p2p.VerifyHead
	now      func() time.Time
	all      *rate.Limiter // work for all peers together
}

// New starts answering on a host.
func New(h host.Host, cfg Config) (*Speaker, error) {
	if cfg.Receiver == nil || cfg.Verify == nil {
		return nil, content.Errorf("mailbox.New", content.Invalid, "Receiver and Verify are required")
	}
	s := &Speaker{
		host: h, receiver: cfg.Receiver, verify: cfg.Verify, now: cfg.Now,
		all: rate.NewLimiter(allPerSecond, allBurst),
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.end = wire.New(h, wire.Protocol{
		ID: Protocol, MaxRequest: maxMessage, Limits: cfg.Limits.Or(defaults), Serve: s.serve,
	})
	s.end.Listen()
	return s, nil
}

// Close stops answering, cuts what is under way and waits for it.
func (s *Speaker) Close() error { return s.end.Close() }

// Fit returns how many of the first notices, whose encodings have these sizes, go
// well into one message: at most [MaxNotices], and as many bytes as a slow line
// brings in time. It is at least one if there are any.
func Fit(sizes []int) int {
	sum := 0
	for i, size := range sizes {
		sum += size
		if i == MaxNotices || i > 0 && sum > fitting {
			return i
		}
	}
	return len(sizes)
}

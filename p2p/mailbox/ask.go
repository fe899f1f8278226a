package mailbox

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/p2p/internal/wire"
)

// Deliver brings at most [MaxNotices] notices to a connected peer and returns its
// verdict on each; see [Fit]. Bringing one again is harmless. Errors are of kind
// Unavailable if the peer could not answer (try again later), NotFound if it does
// not speak the protocol, TooLarge if the notices are over the limits, and Invalid
// if it refused them all or its answer was wrong.
func (s *Speaker) Deliver(ctx context.Context, p peer.ID, notices []Notice) ([]Verdict, error) {
	const op = "mailbox.Deliver"
	if len(notices) == 0 {
		return nil, nil
	}
	q, err := newDeliverRequest(notices)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	r, err := s.ask(ctx, p, request{Deliver: q})
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if r.Deliver == nil {
		return nil, content.E(op, content.Invalid, errUnexpected)
	}
	verdicts, err := r.Deliver.verdicts(len(notices))
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return verdicts, nil
}

func newDeliverRequest(notices []Notice) (*deliverRequest, error) {
	const op = "mailbox.deliver"
	if len(notices) > MaxNotices {
		return nil, content.Errorf(op, content.TooLarge, "too many notices for one request")
	}
	q := &deliverRequest{Notices: make([]dagcbor.RawValue, len(notices))}
	size := 0
	for i, n := range notices {
		raw, err := n.Encode()
		if err != nil {
			return nil, err
		}
		q.Notices[i] = raw
		size += len(raw)
	}
	if size > maxMessage-overhead {
		return nil, content.Errorf(op, content.TooLarge, "the notices are too large for one request")
	}
	return q, nil
}

// overhead is more than what a message has around its notices.
const overhead = 1 << 10

// Collect asks a connected peer for what it keeps for an account from a cursor on,
// signed by the account's writer. A caller keeps the notices of a page durably before
// it asks with the page's cursor, and goes on until a page is Done. Errors are as
// of [Speaker.Deliver], NotFound also if the peer keeps nothing for the account, and
// Unavailable also if a head is ahead of this machine's clock.
func (s *Speaker) Collect(ctx context.Context, p peer.ID, cert content.Certificate, key keys.WriterKey, cursor Cursor) (Page, error) {
	const op = "mailbox.Collect"
	q, err := newCollectRequest(cert, key, p, s.now(), cursor)
	if err != nil {
		return Page{}, content.E(op, content.Invalid, err)
	}
	r, err := s.ask(ctx, p, request{Collect: q})
	if err != nil {
		return Page{}, content.E(op, content.Other, err)
	}
	if r.Collect == nil {
		return Page{}, content.E(op, content.Invalid, errUnexpected)
	}
	page, err := s.open(*r.Collect, cert.Account)
	if err != nil {
		return Page{}, content.E(op, content.Other, err)
	}
	return page, nil
}

var errUnexpected = content.Errorf("mailbox.read", content.Invalid, "the peer's answer is not one to this request")

func (s *Speaker) ask(ctx context.Context, p peer.ID, r request) (response, error) {
	return wire.AskOnce(ctx, s.end, p, r, maxMessage, decodeResponse)
}

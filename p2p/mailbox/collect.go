package mailbox

import (
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/p2p/internal/wire"
)

// collectRequest asks for what is kept for the account of the certificate. The
// writer's signature is over the map without sig, for one node and one moment.
type collectRequest struct {
	Cert   content.Certificate `cbor:"cert"`
	Node   []byte              `cbor:"node"`
	Time   int64               `cbor:"time"`
	Cursor []byte              `cbor:"cursor"`
	Sig    []byte              `cbor:"sig,omitempty"`
}

func newCollectRequest(cert content.Certificate, key keys.WriterKey, node peer.ID, at time.Time, cursor Cursor) (*collectRequest, error) {
	r := &collectRequest{Cert: cert, Node: []byte(node), Time: at.Unix(), Cursor: cursor}
	if err := r.validate(); err != nil {
		return nil, err
	}
	message, err := dagcbor.Marshal(r)
	if err != nil {
		return nil, err
	}
	r.Sig = key.Sign(keys.DomainCollect, message)
	return r, nil
}

func (r collectRequest) stamp() wire.Stamp {
	return wire.Stamp{Cert: r.Cert, Node: r.Node, Time: r.Time}
}

func (r collectRequest) validate() error {
	if len(r.Cursor) > MaxCursor {
		return content.Errorf("mailbox.collect", content.TooLarge, "cursor over the limit")
	}
	return r.stamp().Validate()
}

// verify reports whether the account's writer asks this node, now.
func (r collectRequest) verify(node peer.ID, now time.Time) error {
	unsigned := r
	unsigned.Sig = nil
	return r.stamp().Verify(keys.DomainCollect, unsigned, r.Sig, node, now)
}

// Page is a part of what a node keeps for an account.
type Page struct {
	// Notices are those that are genuine and for the account.
	Notices []Notice
	// Bad is how many were not.
	Bad int
	// Next is where the next page begins. To ask for that tells the node that this
	// one is kept durably.
	Next Cursor
	// Done says that nothing is behind the cursor that was asked with.
	Done bool
}

// open verifies what is in a page.
func (s *Speaker) open(r collectResponse, account content.AccountID) (Page, error) {
	p := Page{Next: r.Cursor, Done: len(r.Notices) == 0}
	verify, now := once(s.verify), s.now()
	for _, raw := range r.Notices {
		d, err := Decode(raw)
		if err == nil && d.Target != account {
			err = errUnexpected
		}
		var n Notice
		if err == nil {
			n, err = Verify(d, verify, now)
		}
		switch {
		case content.KindOf(err) == content.Unavailable: // not to be acknowledged
			return Page{}, err
		case err != nil:
			p.Bad++
		default:
			p.Notices = append(p.Notices, n)
		}
	}
	return p, nil
}

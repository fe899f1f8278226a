package mirror

import (
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/p2p/internal/wire"
)

// Wish is what the owner of an account asks of a node: to keep it whole, or not to
// keep it any more. It is signed by the account's writer for one node and one
// moment, so that nobody else can use it.
type Wish struct {
	Cert content.Certificate
	Node peer.ID
	Cap  int64     // bytes; 0 ends the mirror
	Time time.Time // to the second
}

// Account returns whose wish it is.
func (w Wish) Account() content.AccountID { return w.Cert.Account }

// Ends reports whether the owner wants the node to keep the account no longer.
func (w Wish) Ends() bool { return w.Cap == 0 }

// wishRequest is a wish on the wire; the signature is over the map without sig.
type wishRequest struct {
	Cert content.Certificate `cbor:"cert"`
	Node []byte              `cbor:"node"`
	Cap  int64               `cbor:"cap"`
	Time int64               `cbor:"time"`
	Sig  []byte              `cbor:"sig,omitempty"`
}

func (w Wish) sign(key keys.WriterKey) (*wishRequest, error) {
	r := &wishRequest{Cert: w.Cert, Node: []byte(w.Node), Cap: w.Cap, Time: w.Time.Unix()}
	message, err := dagcbor.Marshal(r)
	if err != nil {
		return nil, err
	}
	r.Sig = key.Sign(keys.DomainMirror, message)
	return r, r.validate()
}

func (r wishRequest) stamp() wire.Stamp { return wire.Stamp{Cert: r.Cert, Node: r.Node, Time: r.Time} }

func (r wishRequest) validate() error {
	if r.Cap < 0 || r.Cap > MaxCap {
		return content.Errorf("mirror.wish", content.Invalid, "a wish out of range")
	}
	return r.stamp().Validate()
}

// open verifies a wish that is meant for node.
func (r wishRequest) open(node peer.ID, now time.Time) (Wish, error) {
	unsigned := r
	unsigned.Sig = nil
	if err := r.stamp().Verify(keys.DomainMirror, unsigned, r.Sig, node, now); err != nil {
		return Wish{}, content.E("mirror.open", content.Other, err)
	}
	return Wish{Cert: r.Cert, Node: node, Cap: r.Cap, Time: time.Unix(r.Time, 0).UTC()}, nil
}

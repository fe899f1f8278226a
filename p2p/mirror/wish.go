package mirror

import (
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
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

func (r wishRequest) validate() error {
	if r.Cert.Account.IsZero() || r.Cap < 0 || r.Cap > MaxCap || r.Time < 0 || r.Time > 1<<40 || len(r.Node) > maxNodeLen {
		return content.Errorf("mirror.wish", content.Invalid, "a wish out of range")
	}
	return nil
}

// maxNodeLen is the longest binary peer ID: the multihash of a SHA-256 has 34
// bytes, the identity of an Ed25519 key 38 (libp2p specification, "Peer Ids").
const maxNodeLen = 42

// open verifies a wish that is meant for node.
func (r wishRequest) open(node peer.ID, now time.Time) (Wish, error) {
	const op = "mirror.open"
	if err := keys.VerifyCertificate(r.Cert); err != nil {
		return Wish{}, err
	}
	sig := r.Sig
	r.Sig = nil
	message, err := dagcbor.Marshal(r)
	if err != nil {
		return Wish{}, err
	}
	w := Wish{Cert: r.Cert, Node: peer.ID(r.Node), Cap: r.Cap, Time: time.Unix(r.Time, 0).UTC()}
	switch {
	case !keys.Verify(r.Cert.Writer, keys.DomainMirror, message, sig):
		return Wish{}, content.Errorf(op, content.Invalid, "the wish is not signed by the account's writer")
	case w.Node != node:
		return Wish{}, content.Errorf(op, content.Invalid, "the wish is for another node")
	case !near(w.Time, now):
		return Wish{}, content.Errorf(op, content.Invalid, "the wish is not of now")
	}
	return w, nil
}

// near reports whether a moment that another machine names is now.
func near(t, now time.Time) bool { return now.Sub(t).Abs() <= content.MaxClockSkew }

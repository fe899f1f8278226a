package wire

import (
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
)

// maxNodeLen is the longest binary peer ID: the multihash of a SHA-256 has 34
// bytes, the identity of an Ed25519 key 38 (libp2p specification, "Peer Ids").
const maxNodeLen = 42

// Stamp is what a request has that an account's writer signs for one node and one
// moment, so that nobody else can use it.
type Stamp struct {
	Cert content.Certificate
	Node []byte // the binary ID of the node that is asked
	Time int64  // seconds since the Unix epoch
}

// Validate reports whether a stamp is within the limits.
func (s Stamp) Validate() error {
	if s.Cert.Account.IsZero() || s.Time < 0 || s.Time > 1<<40 || len(s.Node) > maxNodeLen {
		return content.Errorf("wire.Stamp", content.Invalid, "account, node or time out of range")
	}
	return nil
}

// Verify reports whether a request, which unsigned is without its signature, is
// signed by the certificate's writer, meant for a node, and of now.
func (s Stamp) Verify(d keys.Domain, unsigned any, sig []byte, node peer.ID, now time.Time) error {
	const op = "wire.Verify"
	if err := keys.VerifyCertificate(s.Cert); err != nil {
		return err
	}
	message, err := dagcbor.Marshal(unsigned)
	if err != nil {
		return content.E(op, content.Invalid, err)
	}
	switch {
	case !keys.Verify(s.Cert.Writer, d, message, sig):
		return content.Errorf(op, content.Invalid, "the request is not signed by the account's writer")
	case peer.ID(s.Node) != node:
		return content.Errorf(op, content.Invalid, "the request is for another node")
	case !Near(time.Unix(s.Time, 0), now):
		return content.Errorf(op, content.Invalid, "the request is not of now")
	}
	return nil
}

// Near reports whether a moment that another machine names is now.
func Near(t, now time.Time) bool { return now.Sub(t).Abs() <= content.MaxClockSkew }

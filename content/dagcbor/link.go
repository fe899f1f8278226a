package dagcbor

import (
	"bytes"
	"errors"

	"github.com/ipfs/go-cid"
)

// Link is a CID inside DAG-CBOR: tag 42 over a byte string of a zero byte (the
// multibase identity prefix) and the binary CID.
type Link struct{ cid.Cid }

// linkHead is tag 42 and the head of a byte string of 37 bytes: zero byte,
// version, codec, hash code, length, 32 bytes of digest.
var linkHead = []byte{0xd8, 42, 0x58, 37, 0}

// LinkTo returns a pointer to a link, for fields that may be null.
func LinkTo(c cid.Cid) *Link { return &Link{c} }

// MarshalCBOR writes tag 42. It takes only CIDs of 36 bytes: version 1, a
// one-byte codec, and SHA-256.
func (l Link) MarshalCBOR() ([]byte, error) {
	b := l.Bytes()
	if len(b) != 36 {
		return nil, errors.New("dagcbor: a link must be a CIDv1 with SHA-256")
	}
	return append(linkHead[:len(linkHead):len(linkHead)], b...), nil
}

// UnmarshalCBOR reads tag 42.
func (l *Link) UnmarshalCBOR(b []byte) error {
	if len(b) != len(linkHead)+36 || !bytes.HasPrefix(b, linkHead) {
		return errors.New("dagcbor: not a link to a CIDv1 with SHA-256")
	}
	c, err := cid.Cast(b[len(linkHead):])
	if err != nil {
		return err
	}
	l.Cid = c
	return nil
}

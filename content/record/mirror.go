package record

import (
	"encoding/hex"

	"rossgram.app/content"
)

// Mirror says that a node has promised to keep the account whole, under
// app.rossgram.mirror/NODE. It is the account's word, not the node's.
type Mirror struct {
	Node    []byte `cbor:"node"` // the binary peer ID (libp2p specification, "Peer Ids and Keys")
	Created Time   `cbor:"created"`
	Extra   `cbor:"-"`
}

type mirrorShape Mirror

// Type is app.rossgram.mirror.
func (*Mirror) Type() content.Collection { return content.CollectionMirror }

// MarshalCBOR writes the fields and those kept from a newer version.
func (m *Mirror) MarshalCBOR() ([]byte, error) {
	return encodeWith((*mirrorShape)(m), &m.Extra, m.Type())
}

// UnmarshalCBOR reads the fields and keeps those it does not know.
func (m *Mirror) UnmarshalCBOR(b []byte) error { return decodeRecord(b, (*mirrorShape)(m), &m.Extra) }

func (m *Mirror) validate() error {
	if len(m.Node) == 0 || len(m.Node) > MaxNode {
		return content.Errorf("record.Mirror", content.Invalid, "a mirror names a node by its peer ID, of at most 64 bytes")
	}
	return m.Created.validate()
}

// MirrorKey returns the record key of a mirror, so that a node is named once: its
// binary peer ID in lower-case hexadecimal.
func MirrorKey(node []byte) string { return hex.EncodeToString(node) }

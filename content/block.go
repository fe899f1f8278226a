package content

import (
	"crypto/sha256"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
)

// MaxBlockSize is the most bytes a block of ours has; it is also the most a
// node accepts from a peer. Files that are larger are split into UnixFS leaves.
const MaxBlockSize = 1 << 20

// MaxNodeSize is the most bytes of a block that is not a photo: a record, a
// tree node or a UnixFS node.
const MaxNodeSize = 64 << 10

// Codec says how a block's bytes are to be read (multicodec table).
type Codec uint64

// The codecs that rossgram uses.
const (
	Raw     Codec = cid.Raw         // bytes of a file
	DagCBOR Codec = cid.DagCBOR     // records, tree nodes, commits
	DagPB   Codec = cid.DagProtobuf // UnixFS nodes over the leaves of a large file
)

// Block is bytes and the CIDv1 (SHA-256) that names them. A Block made by
// [NewBlock] or [CheckBlock] is consistent.
type Block struct {
	CID  cid.Cid
	Data []byte
}

// NewBlock names data, which it keeps and which must not change afterwards.
func NewBlock(codec Codec, data []byte) Block {
	return Block{Sum(codec, data), data}
}

// Sum returns the CIDv1 of data under codec.
func Sum(codec Codec, data []byte) cid.Cid {
	digest := sha256.Sum256(data)
	return FromDigest(codec, digest)
}

// FromDigest returns the CIDv1 of the block with this SHA-256.
func FromDigest(codec Codec, digest [32]byte) cid.Cid {
	mh, err := multihash.Encode(digest[:], multihash.SHA2_256)
	if err != nil {
		panic("content: multihash of 32 bytes: " + err.Error()) // only an unknown hash can fail
	}
	return cid.NewCidV1(uint64(codec), mh)
}

// CheckCID reports whether c is of the one form rossgram uses: CIDv1, SHA-256
// at full length, and one of the three codecs.
func CheckCID(c cid.Cid) error {
	const op = "content.CheckCID"
	if !c.Defined() {
		return Errorf(op, Invalid, "missing CID")
	}
	p := c.Prefix()
	if p.Version != 1 || p.MhType != multihash.SHA2_256 || p.MhLength != sha256.Size {
		return Errorf(op, Invalid, "not a CIDv1 with SHA-256: "+c.String())
	}
	switch Codec(p.Codec) {
	case Raw, DagCBOR, DagPB:
		return nil
	}
	return Errorf(op, Invalid, "unknown codec in "+c.String())
}

// CheckBlock verifies that data is what c names and within the limit of c's
// codec.
func CheckBlock(c cid.Cid, data []byte) (Block, error) {
	const op = "content.CheckBlock"
	if err := CheckCID(c); err != nil {
		return Block{}, E(op, Invalid, err)
	}
	codec := Codec(c.Prefix().Codec)
	if len(data) > MaxBlockSize || codec != Raw && len(data) > MaxNodeSize {
		return Block{}, Errorf(op, TooLarge, "block over the limit: "+c.String())
	}
	if !Sum(codec, data).Equals(c) {
		return Block{}, Errorf(op, Corrupt, "bytes do not match "+c.String())
	}
	return Block{c, data}, nil
}

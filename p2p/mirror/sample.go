package mirror

import (
	"crypto/hmac"
	"crypto/sha256"

	"github.com/libp2p/go-libp2p/core/peer"
)

// Salt is drawn anew for each question, so that no answer can be kept instead of
// the block.
type Salt [SaltSize]byte

// Sum is what a node that has a block answers to a salt: HMAC-SHA256 (RFC 2104)
// with the salt as the key over the node's binary peer ID and the block. The ID
// keeps one node from passing on another's answer.
type Sum [sha256.Size]byte

// SumOf computes the answer of a node.
func SumOf(salt Salt, node peer.ID, block []byte) Sum {
	h := hmac.New(sha256.New, salt[:])
	h.Write([]byte(node))
	h.Write(block)
	return Sum(h.Sum(nil))
}

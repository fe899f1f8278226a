package publish

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"

	"rossgram.app/content"
)

// The layout of this package's room in the precious state. Numbers are
// big-endian, an owner is the 32 bytes of the account's key.
//
//	m owner media-id   → storedMedia in DAG-CBOR
//	k owner hash       → tid             the post or comment of an idempotency key
//	t owner tid        → nothing         that has not been deleted
//
// The hash is the SHA-256 of an idempotency key, which may be long.
const (
	tagMedia = 'm'
	tagKey   = 'k'
	tagMark  = 't'
)

type keyHash [sha256.Size]byte

func mediaKey(owner content.AccountID, id MediaID) []byte {
	return binary.BigEndian.AppendUint64(mediaPrefix(owner), uint64(id))
}

func mediaPrefix(owner content.AccountID) []byte { return tagged(tagMedia, owner[:]) }

func idempotencyKey(owner content.AccountID, h keyHash) []byte {
	return tagged(tagKey, owner[:], h[:])
}

func markKey(owner content.AccountID, tid content.TID) []byte {
	return binary.BigEndian.AppendUint64(tagged(tagMark, owner[:]), uint64(tid))
}

func tagged(tag byte, parts ...[]byte) []byte { return append([]byte{tag}, slices.Concat(parts...)...) }

// MediaID names an upload of one account, decimal in the API. It grows with time.
type MediaID uint64

// ParseMediaID reads the decimal form.
func ParseMediaID(s string) (MediaID, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0, content.Errorf("publish.ParseMediaID", content.Invalid, "a media id is a decimal number")
	}
	return MediaID(n), nil
}

// String returns the decimal form.
func (id MediaID) String() string { return strconv.FormatUint(uint64(id), 10) }

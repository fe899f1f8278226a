package store

import (
	"bytes"
	"encoding/binary"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// Keys of the databases; docs/protocol-storage.md is the table. Account and
// digest have 32 bytes, numbers are big-endian, and a referrer has no zero byte,
// so that every key is read back in one way.
//
// The byte that badger keeps beside each value (user meta) holds the codec of
// the CID, where a key names a CID: our three codecs fit into it.
const (
	tagPin     = 'a' // account, referrer, 0, digest: a pin
	tagHead    = 'h' // account: epoch, rev, head
	tagCount   = 'n' // digest: how many pins name it, uvarint
	tagHold    = 'o' // name, 0, digest: a block under a hold
	tagExpiry  = 'e' // name: when a hold ends, Unix seconds
	tagRemoval = 'x' // account: its pins are to be removed
	tagRoom    = 'k' // the keys of other packages, also in index
)

// digest is the SHA-256 of a block: what a block is stored and pinned by.
type digest [32]byte

const accountLen = len(content.AccountID{})

// digestOf returns the digest in a CID of the form we use; others are of kind
// Invalid.
func digestOf(c cid.Cid) (digest, error) {
	if err := content.CheckCID(c); err != nil {
		return digest{}, err
	}
	h := c.Hash()
	return digest(h[len(h)-len(digest{}):]), nil
}

func codecOf(c cid.Cid) byte { return byte(c.Prefix().Codec) }

// cidOf is the inverse of digestOf and codecOf.
func cidOf(codec byte, d digest) cid.Cid { return content.FromDigest(content.Codec(codec&^inFile), d) }

func accountKey(tag byte, a content.AccountID) []byte { return append([]byte{tag}, a[:]...) }

func countKey(d digest) []byte { return append([]byte{tagCount}, d[:]...) }

// referrerPrefix is what all pins of one referrer have in common.
func referrerPrefix(a content.AccountID, referrer content.Path) []byte {
	return append(append(accountKey(tagPin, a), referrer...), 0)
}

// pinKey is a pin as it is stored. Pins that differ in the codec alone are the
// same pin: the bytes are the same.
type pinKey struct {
	account  content.AccountID
	referrer content.Path
	digest   digest
}

func (k pinKey) bytes() []byte {
	return append(referrerPrefix(k.account, k.referrer), k.digest[:]...)
}

// parsePin reads what pinKey.bytes writes; false for anything else.
func parsePin(key []byte) (pinKey, bool) {
	var k pinKey
	if len(key) < 1+accountLen+1+len(k.digest) || key[0] != tagPin {
		return k, false
	}
	end := len(key) - len(k.digest)
	referrer, ok := bytes.CutSuffix(key[1+accountLen:end], []byte{0})
	if !ok {
		return k, false
	}
	copy(k.account[:], key[1:])
	copy(k.digest[:], key[end:])
	k.referrer = content.Path(referrer)
	return k, true
}

// after is the first key behind all keys with this prefix; nil if there is none.
func after(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			return append(bytes.Clone(prefix[:i]), prefix[i]+1)
		}
	}
	return nil
}

func appendVersion(b []byte, v content.Version) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(v.Epoch))
	return binary.BigEndian.AppendUint64(b, uint64(v.Rev))
}

// versionLen is the length of what appendVersion adds.
const versionLen = 12

func parseVersion(b []byte) content.Version {
	return content.Version{
		Epoch: content.Epoch(binary.BigEndian.Uint32(b)),
		Rev:   content.TID(binary.BigEndian.Uint64(b[4:])),
	}
}

package record

import (
	"crypto/sha256"
	"encoding/base32"
)

var keyEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// hashKey derives a record key from what the record is about, so that saying a
// thing twice is saying it once: the first 160 bits of the SHA-256 of a domain, a
// zero byte and the subject's bytes, in lower-case base32 (RFC 4648), 32 characters.
func hashKey(domain string, subject []byte) string {
	h := sha256.New()
	h.Write([]byte(domain))
	h.Write([]byte{0})
	h.Write(subject)
	return keyEncoding.EncodeToString(h.Sum(nil)[:20])
}

package content

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/multiformats/go-multibase"
)

// AccountID names an account: its Ed25519 public key. The zero AccountID names
// nobody.
type AccountID [32]byte

// FingerprintLen is the length of [AccountID.Fingerprint] in characters.
const FingerprintLen = 16

// didPrefix begins every did:key; ed25519Code is the multicodec of an Ed25519
// public key as an unsigned varint (W3C did:key method, section 3.1.2.1).
const didPrefix = "did:key:"

var ed25519Code = [2]byte{0xed, 0x01}

var fingerprintEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// ParseAccountID reads a did:key with an Ed25519 key, in the one form that
// [AccountID.String] writes.
func ParseAccountID(s string) (AccountID, error) {
	const op = "content.ParseAccountID"
	var id AccountID
	rest, ok := strings.CutPrefix(s, didPrefix)
	if !ok || len(rest) > 64 {
		return id, Errorf(op, Invalid, "an account is written did:key:z6Mk…")
	}
	base, raw, err := multibase.Decode(rest)
	if err != nil || base != multibase.Base58BTC || len(raw) != 34 || [2]byte(raw[:2]) != ed25519Code {
		return id, Errorf(op, Invalid, "not the did:key of an Ed25519 key")
	}
	copy(id[:], raw[2:])
	if id.String() != s {
		return AccountID{}, Errorf(op, Invalid, "the did:key is not in its canonical form")
	}
	return id, nil
}

// String returns the account's did:key.
func (a AccountID) String() string {
	s, err := multibase.Encode(multibase.Base58BTC, append(ed25519Code[:], a[:]...))
	if err != nil {
		panic(fmt.Sprintf("content: base58btc: %v", err)) // only an unknown base can fail
	}
	return didPrefix + s
}

// Fingerprint returns the short form people see behind an account's name: the
// first 80 bits of the SHA-256 of the key, as 16 lower-case base32 characters
// (RFC 4648 alphabet).
func (a AccountID) Fingerprint() string {
	sum := sha256.Sum256(a[:])
	return fingerprintEncoding.EncodeToString(sum[:10])
}

// IsZero reports whether a names nobody.
func (a AccountID) IsZero() bool { return a == AccountID{} }

// MarshalText writes the did:key.
func (a AccountID) MarshalText() ([]byte, error) {
	if a.IsZero() {
		return nil, errors.New("content: the zero account has no text form")
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads a did:key.
func (a *AccountID) UnmarshalText(b []byte) error {
	id, err := ParseAccountID(string(b))
	if err == nil {
		*a = id
	}
	return err
}

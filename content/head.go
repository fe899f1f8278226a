package content

import (
	"cmp"
	"time"

	"rossgram.app/content/dagcbor"
)

// Epoch counts an account's writer certificates: the highest one is in force.
// Epochs begin at 1.
type Epoch uint32

// Certificate is the account key's statement that one writer key may sign for
// the account, and where to seal what is meant for it. See package keys for
// making and verifying it.
type Certificate struct {
	Account AccountID `cbor:"account"`
	Epoch   Epoch     `cbor:"epoch"`
	// Writer is the Ed25519 public key that signs commits.
	Writer []byte `cbor:"writer"`
	// Seal holds a public key for each sealing suite, by name; "x25519" is
	// always there. What is longer than 64 bytes stands as its SHA-256.
	Seal map[string][]byte `cbor:"seal"`
	// Created is in seconds since the Unix epoch.
	Created int64 `cbor:"created"`
	// Sig is the account key's Ed25519 signature.
	Sig []byte `cbor:"sig"`
}

// CommitVersion is the version of the commit format, after the repository
// format of atproto whose tree it shares.
const CommitVersion = 3

// Commit is one state of a repository, signed by a certified writer. See
// package repo for making and verifying it.
type Commit struct {
	Version int           `cbor:"version"`
	Account AccountID     `cbor:"account"`
	Epoch   Epoch         `cbor:"epoch"`
	Rev     TID           `cbor:"rev"`
	Prev    *dagcbor.Link `cbor:"prev"` // the commit before; nil for the first
	Data    dagcbor.Link  `cbor:"data"` // the root of the tree
	Sig     []byte        `cbor:"sig"`
}

// Head is a commit and the certificate of its writer: all that is needed to
// verify any proof from the repository. It has at most [MaxHeadSize] bytes.
type Head struct {
	Cert   Certificate `cbor:"cert"`
	Commit Commit      `cbor:"commit"`
}

// MaxHeadSize is the most bytes of an encoded [Head].
const MaxHeadSize = 1024

// MaxClockSkew is how far a rev may be ahead of the reader's clock; a head
// beyond it waits.
const MaxClockSkew = 10 * time.Minute

// Version orders the states of one repository.
type Version struct {
	Epoch Epoch
	Rev   TID
}

// Account returns whose repository h is a state of.
func (h Head) Account() AccountID { return h.Commit.Account }

// Version returns h's place in the order of heads. The zero Head has the zero
// Version, which is before all others.
func (h Head) Version() Version { return Version{h.Commit.Epoch, h.Commit.Rev} }

// Compare orders by epoch, then rev: -1 if v is before w, 0 if equal, +1 after.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Epoch, w.Epoch), cmp.Compare(v.Rev, w.Rev))
}

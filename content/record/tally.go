package record

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/merkle"
)

// Tally is how many likes or reblogs a post has, the root of the tree over all of
// them, and the newest. A post with a million likes costs its followers no more than
// one with a hundred: who doubts the count asks for samples and has them verified.
type Tally struct {
	Count  int64               `cbor:"count"`            // 1 to [MaxTally]
	Root   []byte              `cbor:"root"`             // of a [Ledger], 32 bytes
	Newest []content.AccountID `cbor:"newest,omitempty"` // at most [MaxNewest], the newest first
	Extra  `cbor:"-"`
}

type tallyShape Tally

// MarshalCBOR is as [Post.MarshalCBOR].
func (t Tally) MarshalCBOR() ([]byte, error) { return encodeWith(tallyShape(t), &t.Extra, "") }

// UnmarshalCBOR is as [Post.UnmarshalCBOR].
func (t *Tally) UnmarshalCBOR(b []byte) error { return decodeFields(b, (*tallyShape)(t), &t.Extra) }

func (t *Tally) validate() error {
	const op = "record.Tally"
	switch {
	case t == nil:
		return nil
	case t.Count < 1 || t.Count > MaxTally || len(t.Root) != sha256.Size:
		return content.Errorf(op, content.Invalid, "a count is from 1 to 2^32-1, with a root of 32 bytes")
	case len(t.Newest) > MaxNewest || int64(len(t.Newest)) > t.Count:
		return content.Errorf(op, content.Invalid, "the newest responses are a hundred of those counted at most")
	}
	return checkOnce(t.Newest, "an account is counted once")
}

// Response is a like or a reblog that was accepted: whose it is, and the record.
type Response struct {
	Account content.AccountID
	Record  cid.Cid
}

// leaf is SHA-256(0x00, the 32 bytes of the account, the 36 bytes of the CID).
func (r Response) leaf() merkle.Hash { return merkle.Leaf(r.Account[:], r.Record.Bytes()) }

// Ledger is all likes, or all reblogs, of one post, sorted by the bytes of the
// account, under the tree of RFC 6962, section 2.1. Two entries beside each other
// show that no account is counted twice between them.
type Ledger struct {
	list []Response
	tree *merkle.Tree
}

// NewLedger returns the ledger of responses in any order. An account that has two is
// Invalid. It keeps two hashes for each response.
func NewLedger(list []Response) (*Ledger, error) {
	const op = "record.NewLedger"
	l := &Ledger{list: slices.Clone(list)}
	slices.SortFunc(l.list, func(a, b Response) int { return bytes.Compare(a.Account[:], b.Account[:]) })
	leaves := make([]merkle.Hash, len(list))
	for i, r := range l.list {
		if err := content.CheckCID(r.Record); err != nil {
			return nil, content.E(op, content.Invalid, err)
		}
		if r.Account.IsZero() || i > 0 && l.list[i-1].Account == r.Account {
			return nil, content.Errorf(op, content.Invalid, "an account is counted once")
		}
		leaves[i] = r.leaf()
	}
	l.tree = merkle.New(leaves)
	return l, nil
}

// Tally returns the count and the root, with the newest accounts, of which it takes
// the first [MaxNewest]; nil for an empty ledger.
func (l *Ledger) Tally(newest []content.AccountID) *Tally {
	if len(l.list) == 0 {
		return nil
	}
	root := l.tree.Root()
	return &Tally{
		Count: int64(len(l.list)), Root: root[:],
		Newest: slices.Clone(newest[:min(len(newest), MaxNewest)]),
	}
}

// Find returns the place of an account's response, counted from 0.
func (l *Ledger) Find(a content.AccountID) (place int, ok bool) {
	return slices.BinarySearchFunc(l.list, a, func(r Response, a content.AccountID) int {
		return bytes.Compare(r.Account[:], a[:])
	})
}

// Sample is a response with its place among all, counted from 0, and the audit path
// (RFC 6962, section 2.1.1) that shows it: at most 32 hashes.
type Sample struct {
	Response
	Place int64
	Path  []merkle.Hash
}

// Sample returns the response at a place. Kind NotFound if there are not as many.
func (l *Ledger) Sample(place int) (Sample, error) {
	path, err := l.tree.Prove(place)
	if err != nil {
		return Sample{}, content.E("record.Sample", content.Other, err)
	}
	return Sample{l.list[place], int64(place), path}, nil
}

// Verify reports whether a sample is of what was counted. Kind Invalid if not.
// Whether its account has said so is for the account's repository to prove.
func (t *Tally) Verify(s Sample) error {
	const op = "record.Tally.Verify"
	if content.CheckCID(s.Record) != nil || len(t.Root) != sha256.Size ||
		!merkle.Verify(merkle.Hash(t.Root), t.Count, s.Place, s.leaf(), s.Path) {
		return content.Errorf(op, content.Invalid, "the sample is not of what was counted")
	}
	return nil
}

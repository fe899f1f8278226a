// Package merkle has the hash tree of RFC 6962, section 2.1: one hash over a list,
// and short proofs that an entry stands in the list at its place.
//
// It guarantees that a proof that verifies for a root and a length is of the one
// entry at that place, as far as SHA-256 has no collisions. A root alone does not
// say how long the list is: whoever vouches for it vouches for the length with it.
// What entries are, and how they are sorted, is its callers'.
package merkle

import (
	"crypto/sha256"

	"rossgram.app/content"
)

// Hash is a SHA-256.
type Hash = [sha256.Size]byte

// The bytes before what is hashed, so that a leaf can't be taken for a node.
const (
	leafPrefix = 0
	nodePrefix = 1
)

// Leaf returns the hash of an entry: SHA-256 of a zero byte and the parts in turn.
func Leaf(parts ...[]byte) Hash {
	h := sha256.New()
	h.Write([]byte{leafPrefix})
	for _, p := range parts {
		h.Write(p)
	}
	return Hash(h.Sum(nil))
}

func node(left, right Hash) Hash {
	b := make([]byte, 0, 1+2*sha256.Size)
	b = append(b, nodePrefix)
	b = append(b, left[:]...)
	return sha256.Sum256(append(b, right[:]...))
}

// Tree is the tree over a list, with all its hashes: twice as many as the list has
// entries.
type Tree struct {
	// levels begins with the leaves. Of an odd level the last hash goes up as it
	// is, which comes to the RFC's split at the largest power of two.
	levels [][]Hash
}

// New returns the tree over a list's leaves, which it keeps.
func New(leaves []Hash) *Tree {
	t := &Tree{[][]Hash{leaves}}
	for level := leaves; len(level) > 1; {
		above := make([]Hash, 0, (len(level)+1)/2)
		for i := 0; i+1 < len(level); i += 2 {
			above = append(above, node(level[i], level[i+1]))
		}
		if len(level)%2 == 1 {
			above = append(above, level[len(level)-1])
		}
		t.levels = append(t.levels, above)
		level = above
	}
	return t
}

// Len returns how many entries the list has.
func (t *Tree) Len() int { return len(t.levels[0]) }

// Root returns the hash of the whole; of an empty list, the SHA-256 of nothing.
func (t *Tree) Root() Hash {
	if t.Len() == 0 {
		return sha256.Sum256(nil)
	}
	return t.levels[len(t.levels)-1][0]
}

// Prove returns the audit path (section 2.1.1) of the entry at a place, counted
// from 0: the hashes beside the way from the leaf to the root. Kind NotFound if the
// list has no such place.
func (t *Tree) Prove(place int) ([]Hash, error) {
	if place < 0 || place >= t.Len() {
		return nil, content.Errorf("merkle.Prove", content.NotFound, "the list has no such entry")
	}
	var path []Hash
	for _, level := range t.levels[:len(t.levels)-1] {
		if beside := place ^ 1; beside < len(level) {
			path = append(path, level[beside])
		}
		place /= 2
	}
	return path, nil
}

// Verify reports whether an audit path shows that a leaf stands at a place of a
// list of size entries that has the root (RFC 9162, section 2.1.3.2).
func Verify(root Hash, size, place int64, leaf Hash, path []Hash) bool {
	if place < 0 || place >= size {
		return false
	}
	last := size - 1 // the last place of the level
	for _, beside := range path {
		if last == 0 {
			return false
		}
		if place%2 == 1 || place == last {
			leaf = node(beside, leaf)
			for place%2 == 0 && place != 0 { // it went up alone
				place, last = place/2, last/2
			}
		} else {
			leaf = node(leaf, beside)
		}
		place, last = place/2, last/2
	}
	return last == 0 && leaf == root
}

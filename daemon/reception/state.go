package reception

import (
	"encoding/binary"
	"slices"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/store"
	"rossgram.app/p2p/mailbox"
)

// What is remembered, in the store's precious state. A target and an actor are the 32
// bytes of the account, numbers are big-endian, a seq (8 bytes) grows with each use and
// is the time of it in microseconds or later; a TID has 8 bytes. Other values are
// DAG-CBOR.
//
//	"s"                              → the last seq
//	"n" target actor path            → stand    the newest that is known of a path
//	"a" target actor                 → 8 bytes  the actor was accepted from; blind deletions
//	"e" actor                        → 4 bytes  the highest epoch known
//	"b" target actor                 → 1 byte   blocked; 1 once all of the actor's is taken off
//	"p" target                       → Policy
//	"f" target actor                 → seq      a follower
//	"k" target class                 → 8 bytes  how many there are of "f", or "h" of a class
//	"h" target class bits seq        → waiting  a notice that waits for trust or the owner
//	"q" target post actor comment    → change   a comment to be listed or taken off
//	"d" target post                  → dirty    what of a post's list is to be brought up to date
//	"l" target post kind actor       → CID seq  a like or a reblog that counts
//	"o" seq                          → notice   Heard is to be told
//	"m" target seq                   → kept     a notice for a mirrored account
//	"i" target actor path            → place    where it is, and under which head
//	"u" target                       → usage    of "m"
//	"c" target actor                 → 8 bytes  how many of "m" are the actor's
const (
	tagSeq      = 's'
	tagStand    = 'n'
	tagActor    = 'a'
	tagEpoch    = 'e'
	tagBlocked  = 'b'
	tagPolicy   = 'p'
	tagFollower = 'f'
	tagCount    = 'k'
	tagWaiting  = 'h'
	tagChange   = 'q'
	tagDirty    = 'd'
	tagLedger   = 'l'
	tagHeard    = 'o'
	tagKept     = 'm'
	tagPlace    = 'i'
	tagUsage    = 'u'
	tagOfActor  = 'c'
)

// state is what became of a path's newest record.
type state string

const (
	taken   state = "taken"   // accepted, listed if it belongs to a post
	review  state = "review"  // waits for the owner
	strange state = "strange" // waits for trust
	off     state = "off"     // the owner took it off, for good
	blocked state = "blocked" // taken off with all of its actor's
	gone    state = "gone"    // its actor deleted it
)

// stand is the newest that is known of one path of an actor.
type stand struct {
	Epoch  content.Epoch `cbor:"epoch"`
	Rev    uint64        `cbor:"rev"`
	Record []byte        `cbor:"record"` // CID; empty if it is deleted
	State  state         `cbor:"state"`
	Post   uint64        `cbor:"post"`    // of the target, to which it responds; or 0
	Wait   []byte        `cbor:"waiting"` // the key under tagWaiting; empty if it does not wait
}

func (s stand) version() content.Version {
	return content.Version{Epoch: s.Epoch, Rev: content.TID(s.Rev)}
}

func (s stand) isRecord(c cid.Cid) bool { return c.Defined() && string(s.Record) == string(c.Bytes()) }

// waiting is a notice that waits.
type waiting struct {
	Actor  content.AccountID `cbor:"actor"`
	Path   content.Path      `cbor:"path"`
	Notice []byte            `cbor:"notice"`
}

// pair is a target and an actor.
type pair struct{ target, actor content.AccountID }

func (p pair) key(tag byte, rest ...[]byte) []byte {
	return key(tag, append([][]byte{p.target[:], p.actor[:]}, rest...)...)
}

// postName is a post of a hosted account.
type postName struct {
	account content.AccountID
	tid     content.TID
}

func (p postName) key(tag byte, rest ...[]byte) []byte {
	return key(tag, append([][]byte{p.account[:], number(uint64(p.tid))}, rest...)...)
}

func (p postName) path() content.Path { return content.NewPath(content.CollectionPost, p.tid.String()) }

func (p postName) responses() content.Path {
	return content.NewPath(content.CollectionResponses, p.tid.String())
}

func key(tag byte, parts ...[]byte) []byte { return append([]byte{tag}, slices.Concat(parts...)...) }

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// numberOf reads a number; what is none is 0.
func numberOf(b []byte) uint64 {
	if len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

func read[T any](tx *store.Tx, key []byte) (v T, there bool, err error) {
	b, err := tx.Get(key)
	if content.KindOf(err) == content.NotFound {
		return v, false, nil
	}
	if err == nil {
		err = dagcbor.Unmarshal(b, &v)
	}
	return v, err == nil, err
}

func write(tx *store.Tx, key []byte, v any) error {
	b, err := dagcbor.Marshal(v)
	if err != nil {
		return err
	}
	return tx.Set(key, b)
}

func readNumber(tx *store.Tx, key []byte) (n uint64, there bool, err error) {
	b, err := tx.Get(key)
	if content.KindOf(err) == content.NotFound {
		return 0, false, nil
	}
	return numberOf(b), err == nil, err
}

// add changes a number and returns what it is then.
func add(tx *store.Tx, key []byte, by int64) (uint64, error) {
	n, _, err := readNumber(tx, key)
	if err != nil {
		return 0, err
	}
	n = uint64(max(int64(n)+by, 0))
	return n, tx.Set(key, number(n))
}

// next returns a seq.
func (r *Reception) next(tx *store.Tx) (uint64, error) {
	last, _, err := readNumber(tx, []byte{tagSeq})
	if err != nil {
		return 0, err
	}
	n := max(last+1, uint64(r.Now().UnixMicro()))
	return n, tx.Set([]byte{tagSeq}, number(n))
}

// standKey is where the newest of a notice's path is.
func standKey(p pair, path content.Path) []byte { return p.key(tagStand, []byte(path)) }

func pairOf(n mailbox.Notice) pair { return pair{n.Target(), n.Actor()} }

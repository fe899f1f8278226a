package mailbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/repo"
)

// Statement says which record a repository has at a path, or that it has none, with
// all that proves it to who holds nothing of the repository.
type Statement struct {
	Head   content.Head
	Path   content.Path
	Proof  [][]byte // tree nodes, from the root to where the path is or would be
	Record []byte   // empty if there is none
}

// StatementOf returns what a view has at a path. Errors are the view's.
func StatementOf(ctx context.Context, v *repo.View, p content.Path) (Statement, error) {
	const op = "mailbox.StatementOf"
	s := Statement{Head: v.Head(), Path: p}
	nodes, err := v.Prove(ctx, p)
	if err != nil {
		return Statement{}, content.E(op, content.Other, err)
	}
	for _, n := range nodes {
		s.Proof = append(s.Proof, n.Data)
	}
	record, err := v.Get(ctx, p)
	if err != nil && content.KindOf(err) != content.NotFound {
		return Statement{}, content.E(op, content.Other, err)
	}
	s.Record = record.Data
	return s, nil
}

// Draft is a notice that nobody has verified yet: as it was put together, or read.
type Draft struct {
	Target content.AccountID // whom it is for
	Statement
	// Introduction says that another account, which the target may know, follows
	// the actor.
	Introduction *Statement
	Work         Work // zero if none was done
}

// Notice is a statement of one account, the actor, that is for another, the target.
// It is made by [Verify], and does not change. The zero Notice is none.
type Notice struct {
	draft  Draft
	record cid.Cid // cid.Undef if there is none
}

// Target returns whom it is for.
func (n Notice) Target() content.AccountID { return n.draft.Target }

// Actor returns whose repository it is about.
func (n Notice) Actor() content.AccountID { return n.draft.Head.Account() }

// Head returns the actor's head under which it holds. Of two notices about one path
// of one actor, that with the later [content.Version] counts.
func (n Notice) Head() content.Head { return n.draft.Head }

// Path returns where in the actor's repository the record is or is not.
func (n Notice) Path() content.Path { return n.draft.Path }

// Record returns the record, and whether there is one; there is none if the actor
// has deleted it.
func (n Notice) Record() (content.Block, bool) {
	if !n.record.Defined() {
		return content.Block{}, false
	}
	return content.Block{CID: n.record, Data: n.draft.Record}, true
}

// Introduction returns the statement that another account follows the actor, and
// whether there is one. It is verified; what it is worth is for the target to say.
func (n Notice) Introduction() (Statement, bool) {
	if n.draft.Introduction == nil {
		return Statement{}, false
	}
	return *n.draft.Introduction, true
}

// Draft returns what the notice was made from.
func (n Notice) Draft() Draft { return n.draft }

// Encode is [Draft.Encode].
func (n Notice) Encode() ([]byte, error) { return n.draft.Encode() }

// ID names what a notice says: the same news has one ID under whichever head,
// introduction and work it is told.
type ID [sha256.Size]byte

func (i ID) String() string { return hex.EncodeToString(i[:]) }

// ID returns the SHA-256 of "rossgram/1/notice", a zero byte, the 32 bytes of the
// target's key, those of the actor's, the 36 bytes of the record's CID (zero if
// there is none), and the path. The actor is in it since two may have the same
// record at the same path.
func (n Notice) ID() ID {
	var record [36]byte
	copy(record[:], n.record.Bytes())
	target, actor := n.Target(), n.Actor()
	h := sha256.New()
	h.Write([]byte("rossgram/1/notice\x00"))
	h.Write(target[:])
	h.Write(actor[:])
	h.Write(record[:])
	h.Write([]byte(n.Path()))
	return ID(h.Sum(nil))
}

// Puzzle returns the puzzle that raises the trust in a notice on the day of a
// moment.
func (n Notice) Puzzle(bits int, at time.Time) Puzzle {
	return Puzzle{Target: n.Target(), Notice: n.ID(), Day: DayOf(at), Bits: bits}
}

// WithWork returns the notice with the work that was done for it.
func (n Notice) WithWork(w Work) Notice {
	n.draft.Work = w
	return n
}

// Bits returns how many bits the work in a notice solves, if it was done within age
// before now; else 0. [Fresh] is for notices that are delivered; those that a mirror
// kept may have waited long.
func (n Notice) Bits(now time.Time, age time.Duration) int {
	w := n.draft.Work
	if w == (Work{}) || w.Day < DayOf(now.Add(-age)) || w.Day > DayOf(now.Add(content.MaxClockSkew)) {
		return 0
	}
	p := Puzzle{Target: n.Target(), Notice: n.ID(), Day: w.Day}
	return p.bits(w.Nonce)
}

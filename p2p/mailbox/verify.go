package mailbox

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/p2p"
)

// Verify returns the notice that a draft makes if all in it is proven. Errors are of
// kind Invalid or TooLarge if it will never be, and Unavailable if a head is ahead
// of now (the cause is a [repo.AheadError]) or of a later version. What it does not
// check is named in the package's comment.
func Verify(d Draft, verify p2p.VerifyHead, now time.Time) (Notice, error) {
	const op = "mailbox.Verify"
	if _, err := d.Encode(); err != nil { // within the limits
		return Notice{}, content.E(op, content.Other, err)
	}
	c, err := d.verify(verify, now)
	if err != nil {
		return Notice{}, content.E(op, content.Other, err)
	}
	if d.Introduction != nil {
		if err := d.Introduction.introduces(d.Head.Account(), verify, now); err != nil {
			return Notice{}, content.E(op, content.Other, err)
		}
	}
	return Notice{d, c}, nil
}

// verify returns the CID of the record, or cid.Undef if there is none.
func (s Statement) verify(verify p2p.VerifyHead, now time.Time) (cid.Cid, error) {
	const op = "mailbox.Statement"
	if err := verify(s.Head, now); err != nil {
		return cid.Undef, err
	}
	proven, err := s.proven()
	if err != nil {
		return cid.Undef, err
	}
	if len(s.Record) == 0 {
		if proven.Defined() {
			return cid.Undef, content.Errorf(op, content.Invalid, "the record is missing")
		}
		return cid.Undef, nil
	}
	if !proven.Equals(content.Sum(content.DagCBOR, s.Record)) {
		return cid.Undef, content.Errorf(op, content.Invalid, "the record is not the one that the proof shows")
	}
	if err := dagcbor.Check(s.Record); err != nil {
		return cid.Undef, content.E(op, content.Invalid, err)
	}
	return proven, nil
}

// proven returns what the proof says of the path.
func (s Statement) proven() (cid.Cid, error) {
	const op = "mailbox.proven"
	nodes := trail{s.Proof}
	value, err := mst.Load(&nodes, s.Head.Commit.Data.Cid).Get(context.Background(), string(s.Path))
	if content.KindOf(err) == content.NotFound {
		value, err = cid.Undef, nil
	}
	if err == nil && len(nodes.left) > 0 {
		err = content.Errorf(op, content.Invalid, "the proof has nodes that are not on the way")
	}
	if err != nil {
		return cid.Undef, content.E(op, content.Invalid, err)
	}
	return value, nil
}

// trail gives out the nodes of a proof, each once and in their order, so that a
// proof has one form.
type trail struct{ left [][]byte }

func (t *trail) Get(_ context.Context, c cid.Cid) ([]byte, error) {
	const op = "mailbox.trail"
	if len(t.left) == 0 {
		return nil, content.Errorf(op, content.Invalid, "the proof lacks a node")
	}
	b, err := content.CheckBlock(c, t.left[0])
	if err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	t.left = t.left[1:]
	return b.Data, nil
}

// introduces reports whether the statement is that another account follows the
// actor.
func (s Statement) introduces(actor content.AccountID, verify p2p.VerifyHead, now time.Time) error {
	const op = "mailbox.introduction"
	if s.Head.Account() == actor || s.Path != content.NewPath(content.CollectionFollow, record.FollowKey(actor)) {
		return content.Errorf(op, content.Invalid, "an introduction is another account's follow of the actor")
	}
	if _, err := s.verify(verify, now); err != nil {
		return err
	}
	r, err := record.Decode(s.Record)
	if err != nil {
		return content.E(op, content.Invalid, err)
	}
	if f, ok := r.(*record.Follow); !ok || f.Subject != actor {
		return content.Errorf(op, content.Invalid, "the introduction follows somebody else")
	}
	return nil
}

// once remembers what a verification says, so that a head which many notices share
// costs its signatures once. What it returns is for one goroutine and one moment.
func once(verify p2p.VerifyHead) p2p.VerifyHead {
	said := make(map[[sha256.Size]byte]error)
	return func(h content.Head, now time.Time) error {
		raw, err := repo.EncodeHead(h)
		if err != nil {
			return err
		}
		key := sha256.Sum256(raw)
		if err, ok := said[key]; ok {
			return err
		}
		err = verify(h, now)
		said[key] = err
		return err
	}
}

package index

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
)

// loaded is a change with what is entered of the record that it sets. Records
// themselves are not kept: a step's largest would take 50 MiB.
type loaded struct {
	path   content.Path
	digest [digestLen]byte
	shown  bool // it sets a record, and one that can be shown

	subject content.AccountID // of a follow
	name    string            // of a profile
	about   content.URI       // of a like, a reblog or a comment
	created record.Time       // of a like or a reblog
	notices []notice
}

// load reads a change's record, outside of any transaction.
func (ix *Index) load(ctx context.Context, account content.AccountID, change repo.RecordChange) (loaded, error) {
	l := loaded{path: change.Path}
	if !change.New.Defined() {
		return l, nil
	}
	l.digest = digestOf(change.New)
	r, err := ix.records.get(ctx, l.digest)
	if ours(err) {
		return l, err
	}
	if l.shown = err == nil && record.Check(change.Path, r) == nil; !l.shown {
		ix.skipped.Add(1)
		return l, nil
	}
	switch r := r.(type) {
	case *record.Follow:
		l.subject = r.Subject
	case *record.Profile:
		l.name = r.Name
	case *record.Like:
		l.about, l.created = r.Subject.URI(), r.Created
	case *record.Reblog:
		l.about, l.created = r.Subject.URI(), r.Created
	case *record.Comment:
		l.about = r.Post.URI()
	}
	l.notices = noticesOf(account, change.Path, r)
	return l, nil
}

// ours reports whether reading a record failed for a reason that is this node's,
// not the record's.
func ours(err error) bool {
	switch content.KindOf(err) {
	case content.Other, content.Unavailable, content.Permission:
		return err != nil
	}
	return false
}

func digestOf(c cid.Cid) (d [digestLen]byte) {
	if h := c.Hash(); len(h) >= digestLen {
		copy(d[:], h[len(h)-digestLen:])
	}
	return d
}

package index

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
)

// Comment is a comment as threads list it.
type Comment struct {
	ID      StatusID
	URI     content.URI
	CID     cid.Cid // of the record
	Author  content.AccountID
	TID     content.TID
	Comment *record.Comment // not to be changed
	// Pending says that the post's author has not listed it, or not this version of
	// it: it is in its own author's repository only.
	Pending bool
}

// Post names the post that a comment is about.
func (c Comment) Post() content.URI { return c.Comment.Post.URI() }

// said returns a comment as it stands in its author's repository.
func (ix *Index) said(ctx context.Context, id StatusID, ref postRef, digest [digestLen]byte) (Comment, error) {
	r, err := ix.records.get(ctx, digest)
	return ix.comment(id, ref, digest, r, err, true)
}

// listed returns a comment as a post's author lists it.
func (ix *Index) listed(ref postRef, l listing) (Comment, error) {
	c, err := ix.records.comment(l)
	return ix.comment(l.id, ref, l.digest, c, err, false)
}

func (ix *Index) comment(id StatusID, ref postRef, digest [digestLen]byte, r record.Record, err error, pending bool) (Comment, error) {
	if err != nil {
		return Comment{}, err
	}
	c, ok := r.(*record.Comment)
	uri := subjectRef{ref, aComment}.uri()
	if !ok {
		return Comment{}, content.Errorf("index.comment", content.Invalid, "not a comment: "+uri.String())
	}
	return Comment{id, uri, content.FromDigest(content.DagCBOR, digest), ref.author, ref.tid, c, pending}, nil
}

// Comment returns a comment by its id: as its author's repository has it if that is
// held here, else as a post's author lists it. Kind NotFound if there is none.
func (ix *Index) Comment(ctx context.Context, id StatusID) (Comment, error) {
	const op = "index.Comment"
	b, err := ix.fetch(ctx, statusKey(id))
	ref, ok := parseComment(b)
	if err == nil && !ok {
		err = content.Errorf(op, content.NotFound, "there is no such comment here")
	}
	var c Comment
	if err == nil {
		c, err = ix.commentOf(ctx, id, ref)
	}
	if err != nil {
		return Comment{}, content.E(op, content.Other, err)
	}
	return c, nil
}

// CommentByURI is [Index.Comment] by what names the comment everywhere.
func (ix *Index) CommentByURI(ctx context.Context, uri content.URI) (Comment, error) {
	const op = "index.CommentByURI"
	s, ok := subjectOf(uri)
	if !ok || s.kind != aComment {
		return Comment{}, content.Errorf(op, content.Invalid, "not a comment: "+uri.String())
	}
	id, err := ix.idOf(ctx, s.comment())
	if err != nil {
		return Comment{}, content.E(op, content.Other, err)
	}
	return ix.Comment(ctx, id)
}

// IDOf returns the status id of a post or a comment; kind NotFound if it is not known.
func (ix *Index) IDOf(ctx context.Context, uri content.URI) (StatusID, error) {
	const op = "index.IDOf"
	s, ok := subjectOf(uri)
	r := s.status()
	if s.kind == aComment {
		r = s.comment()
	}
	id, err := ix.idOf(ctx, r)
	switch {
	case err != nil:
		return 0, content.E(op, content.Other, err)
	case !ok || id == 0:
		return 0, content.Errorf(op, content.NotFound, "there is no such post here")
	}
	return id, nil
}

func (ix *Index) commentOf(ctx context.Context, id StatusID, ref postRef) (Comment, error) {
	var own postEntry
	var here bool
	var value []byte
	err := ix.kv.View(ctx, func(tx *store.Tx) (err error) {
		if own, here, err = said(tx, ref); err != nil {
			return err
		}
		post, listed, err := listedOn(tx, ref)
		if err != nil || !listed {
			return err
		}
		if here {
			post = own.postRef
		}
		value, err = (&edit{tx: tx}).get(listedKey(post, ref))
		return err
	})
	if err != nil {
		return Comment{}, err
	}
	if here {
		c, err := ix.said(ctx, id, ref, own.digest)
		c.Pending = len(value) < digestLen || string(value[:digestLen]) != string(own.digest[:])
		return c, err
	}
	l, err := parseListed(value)
	if err != nil {
		return Comment{}, content.Errorf("index.commentOf", content.NotFound, "there is no such comment here")
	}
	return ix.listed(ref, l)
}

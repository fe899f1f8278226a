package index

import (
	"context"

	"rossgram.app/content"
)

// Post returns a post by its id; kind NotFound if there is none, and for the id of a
// reblog, so that nobody deletes a post who means to take a reblog back.
func (ix *Index) Post(ctx context.Context, id StatusID) (Entry, error) {
	const op = "index.Post"
	b, err := ix.fetch(ctx, statusKey(id))
	if err != nil {
		return Entry{}, content.E(op, content.Other, err)
	}
	if _, comment := parseComment(b); comment || b == nil {
		return Entry{}, content.Errorf(op, content.NotFound, "there is no such post here")
	}
	l, err := parseListing(id, b)
	if err == nil && l.reblog != nil {
		err = content.Errorf(op, content.NotFound, "that is a reblog")
	}
	if err != nil {
		return Entry{}, content.E(op, content.Other, err)
	}
	e, err := ix.shown(ctx, l)
	if err != nil {
		return Entry{}, content.E(op, content.Other, err)
	}
	return e, nil
}

// PostByURI returns a post by its URI; kind NotFound if it is not known here.
func (ix *Index) PostByURI(ctx context.Context, uri content.URI) (Entry, error) {
	const op = "index.PostByURI"
	collection, rkey := uri.Path.Split()
	tid, err := content.ParseTID(rkey)
	if collection != content.CollectionPost || err != nil {
		return Entry{}, content.Errorf(op, content.Invalid, "not a post: "+uri.String())
	}
	b, err := ix.kv.Get(ctx, uriKey(postRef{uri.Account, tid}.status()))
	if content.KindOf(err) == content.NotFound || err == nil && len(b) != 8 {
		return Entry{}, content.Errorf(op, content.NotFound, "there is no such post here")
	}
	if err != nil {
		return Entry{}, content.E(op, content.Other, err)
	}
	return ix.Post(ctx, lastID(b))
}

package publish

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/index"
)

// Known is what the node knows beside the repositories it holds: an [index.Index].
type Known interface {
	// Lookup returns the account that a name in a text means, with the fingerprint
	// behind it or, if that is empty, without. Kind NotFound if nobody is known by
	// it, Conflict if several are.
	Lookup(ctx context.Context, name, fingerprint string) (index.Account, error)
	// CommentByURI returns a comment that is known from whoever lists it, if not from
	// its author's repository; kind NotFound if from nobody.
	CommentByURI(ctx context.Context, uri content.URI) (index.Comment, error)
}

// subject returns the post or the comment that a response is to be about. Kind
// NotFound if it is not here, Invalid for what nobody responds to.
func (p *Publisher) subject(ctx context.Context, uri content.URI) (record.Record, error) {
	const op = "publish.subject"
	if !record.Respondable(uri.Path.Collection()) {
		return nil, content.Errorf(op, content.Invalid, "this is neither a post nor a comment: "+uri.String())
	}
	rec, _, err := p.read(ctx, uri)
	if content.KindOf(err) == content.NotFound && uri.Path.Collection() == content.CollectionComment && p.Known != nil {
		var listed index.Comment
		listed, err = p.Known.CommentByURI(ctx, uri)
		rec = listed.Comment
	}
	if content.KindOf(err) == content.NotFound {
		return nil, content.Errorf(op, content.NotFound, notHere(uri))
	}
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if rec.Type() != uri.Path.Collection() {
		return nil, content.Errorf(op, content.Invalid, "what stands there can't be read: "+uri.String())
	}
	return rec, nil
}

// notHere says what to do about a subject that is not here.
func notHere(uri content.URI) string {
	what := "post"
	if uri.Path.Collection() == content.CollectionComment {
		what = "comment"
	}
	return "this " + what + " is not on your node: it was deleted, or you have to follow its author first"
}

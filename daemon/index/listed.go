package index

import (
	"context"
	"crypto/sha256"
	"fmt"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// listAll enters what an account lists under its posts. It stands apart from the step
// that the records are of, because one post may list 10,000 comments.
func (ix *Index) listAll(ctx context.Context, account content.AccountID, changes []loaded) error {
	for _, l := range changes {
		c, rkey := l.path.Split()
		tid, err := content.ParseTID(rkey)
		if c != content.CollectionResponses || err != nil {
			continue
		}
		post := postRef{account, tid}
		if l.shown {
			err = ix.putResponses(ctx, post, l.digest)
		} else {
			err = ix.dropResponses(ctx, post, dropIDs)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func responsesKey(post postRef) []byte { return key(tagResponses, post.bytes()) }

func lackingKey(post postRef) []byte { return key(tagLacking, post.bytes()) }

// putResponses enters the responses of a post, or another version of them: first that
// there are some, so that an interruption leaves nothing that is not forgotten.
func (ix *Index) putResponses(ctx context.Context, post postRef, digest [digestLen]byte) error {
	r, err := ix.responses(ctx, digest)
	if err != nil {
		return err
	}
	pages, same := pagesSum(r), false
	err = ix.edit(ctx, func(e *edit) error {
		b, err := e.get(responsesKey(post))
		if err != nil {
			return err
		}
		same = b == nil && r.Comments == nil || len(b) == 2*digestLen && [digestLen]byte(b[digestLen:]) == pages
		entered := make([]byte, digestLen)
		if same {
			entered = pages[:]
		}
		if err := e.tx.Set(responsesKey(post), append(digest[:], entered...)); err != nil {
			return err
		}
		return e.declare(post, r)
	})
	if err != nil || same {
		return err
	}
	return ix.putPages(ctx, post, r, append(digest[:], pages[:]...))
}

// putPages enters the comments that responses list, and then that they are entered.
func (ix *Index) putPages(ctx context.Context, post postRef, r *record.Responses, entered []byte) error {
	l := lister{Index: ix, ctx: ctx, post: post, seen: make(map[postRef]bool)}
	for _, page := range record.Pages(r) {
		if err := l.page(page, r.Comments.Count); err != nil {
			return err
		}
	}
	if err := l.unlist(dropIDs); err != nil {
		return err
	}
	return ix.edit(ctx, func(e *edit) error {
		if l.lacking {
			return e.tx.Set(lackingKey(post), nil)
		}
		if err := e.tx.Delete(lackingKey(post)); err != nil {
			return err
		}
		return e.tx.Set(responsesKey(post), entered)
	})
}

// pagesSum tells lists of pages apart: likes change responses, and not these.
func pagesSum(r *record.Responses) [digestLen]byte {
	h := sha256.New()
	for _, c := range record.Pages(r) {
		h.Write(c.Bytes())
	}
	if r.Comments != nil {
		fmt.Fprint(h, r.Comments.Count)
	}
	return [digestLen]byte(h.Sum(nil))
}

// parseResponses returns the digest of the record of which responses are entered.
func parseResponses(b []byte) (digest [digestLen]byte, ok bool) {
	if len(b) != 2*digestLen {
		return digest, false
	}
	return [digestLen]byte(b[:digestLen]), true
}

// responses reads a record that was read before; one that can't be had any more says
// nothing.
func (ix *Index) responses(ctx context.Context, digest [digestLen]byte) (*record.Responses, error) {
	r, err := ix.records.get(ctx, digest)
	if ours(err) {
		return nil, err
	}
	if r, ok := r.(*record.Responses); ok && err == nil {
		return r, nil
	}
	return new(record.Responses), nil
}

// dropResponses removes all that an author lists under a post.
func (ix *Index) dropResponses(ctx context.Context, post postRef, ids fate) error {
	if err := (&lister{Index: ix, ctx: ctx, post: post}).unlist(ids); err != nil {
		return err
	}
	return ix.edit(ctx, func(e *edit) error {
		known, err := e.tx.Has(responsesKey(post))
		if err != nil || !known {
			return err
		}
		if err := e.delete(responsesKey(post), lackingKey(post)); err != nil {
			return err
		}
		return e.declare(post, nil)
	})
}

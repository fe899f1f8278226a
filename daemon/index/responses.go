package index

import (
	"context"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// Responses is how much was said to a post or a comment.
type Responses struct {
	Likes, Reblogs, Comments int
	Liked, Reblogged         bool // by the viewer
}

// Responses returns, for each of some posts or comments, how many responses there are:
// what the post's author counts, or, where the author has not said anything yet, what
// is known from the accounts held here.
func (ix *Index) Responses(ctx context.Context, viewer content.AccountID, posts ...content.URI) ([]Responses, error) {
	list := make([]Responses, len(posts))
	for i, u := range posts {
		s, ok := subjectOf(u)
		if !ok {
			continue
		}
		r, gen, cached := ix.counts.get(s, viewer)
		if !cached {
			err := ix.kv.View(ctx, func(tx *store.Tx) (err error) {
				r, err = responsesTo(tx, viewer, s)
				return err
			})
			if err != nil {
				return nil, content.E("index.Responses", content.Other, err)
			}
			ix.counts.add(s, viewer, r, gen)
		}
		list[i] = r
	}
	return list, nil
}

func responsesTo(tx *store.Tx, viewer content.AccountID, s subjectRef) (r Responses, err error) {
	t, err := readTally(tx, s)
	if err != nil {
		return r, err
	}
	r.Likes, r.Reblogs, r.Comments = t.counts()
	if t.likes > 0 {
		if r.Liked, err = tx.Has(append(ofSubject(aLike, s), viewer[:]...)); err != nil {
			return r, err
		}
	}
	if t.reblogs > 0 {
		r.Reblogged, err = tx.Has(append(ofSubject(aReblog, s), viewer[:]...))
	}
	return r, err
}

// LikedBy returns accounts that liked a post or a comment, from behind cursor, at most
// limit of them and [MaxLimit], and the cursor for the next ones, which is zero at the
// end: first those that the post's author names, the newest first, then others that are
// known here. They need not be known otherwise.
func (ix *Index) LikedBy(ctx context.Context, post content.URI, cursor content.AccountID, limit int) ([]content.AccountID, content.AccountID, error) {
	return ix.respondedBy(ctx, "index.LikedBy", aLike, post, cursor, limit)
}

// RebloggedBy is [Index.LikedBy] of reblogs.
func (ix *Index) RebloggedBy(ctx context.Context, post content.URI, cursor content.AccountID, limit int) ([]content.AccountID, content.AccountID, error) {
	return ix.respondedBy(ctx, "index.RebloggedBy", aReblog, post, cursor, limit)
}

func (ix *Index) respondedBy(ctx context.Context, op string, kind byte, post content.URI, cursor content.AccountID, limit int) (list []content.AccountID, next content.AccountID, err error) {
	s, ok := subjectOf(post)
	if !ok {
		return nil, next, content.Errorf(op, content.Invalid, "not a post: "+post.String())
	}
	limit = Page{Limit: limit}.limit()
	named, err := ix.newestOf(ctx, kind, s)
	if err != nil {
		return nil, next, content.E(op, content.Other, err)
	}
	isNamed := make(map[content.AccountID]bool, len(named))
	for _, a := range named {
		isNamed[a] = true
	}
	span := store.Span{Prefix: ofSubject(kind, s), KeysOnly: true}
	switch at := slices.Index(named, cursor); {
	case at >= 0:
		named = named[at+1:]
	case !cursor.IsZero():
		named = nil
		span.Start = append(append(ofSubject(kind, s), cursor[:]...), 0)
	}
	list = named[:min(len(named), limit+1)]
	err = ix.kv.View(ctx, func(tx *store.Tx) error {
		if len(list) > limit {
			return nil
		}
		return tx.Scan(span, func(k, _ []byte) bool {
			if a := lastAccount(k); !isNamed[a] {
				list = append(list, a)
			}
			return len(list) <= limit
		})
	})
	if err != nil {
		return nil, next, content.E(op, content.Other, err)
	}
	if len(list) > limit {
		list = list[:limit]
		next = list[limit-1]
	}
	return list, next, nil
}

// newestOf returns whom a post's author names as those who responded last.
func (ix *Index) newestOf(ctx context.Context, kind byte, s subjectRef) ([]content.AccountID, error) {
	b, err := ix.fetch(ctx, responsesKey(s.postRef))
	digest, ok := parseResponses(b)
	if err != nil || !ok || s.kind != aPost {
		return nil, err
	}
	r, err := ix.responses(ctx, digest)
	if err != nil {
		return nil, err
	}
	t := r.Likes
	if kind == aReblog {
		t = r.Reblogs
	}
	if t == nil {
		return nil, nil
	}
	return slices.Clone(t.Newest), nil
}

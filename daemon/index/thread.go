package index

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// MaxThread is the most comments that one page of a thread has.
const MaxThread = 1000

// ThreadPage says which part of a thread is asked for.
type ThreadPage struct {
	// After is the last comment of the page before, by its author and TID; the zero
	// values for the first page.
	Author content.AccountID
	TID    content.TID
	Limit  int // comments at most; 0 is [MaxThread], which is also the most
}

func (p ThreadPage) limit() int {
	if p.Limit <= 0 {
		return MaxThread
	}
	return min(p.Limit, MaxThread)
}

// Thread returns the comments on a post in the order of their TIDs: those that its
// author lists, and, marked as pending, the viewer's own that are not listed yet or in
// another version, if the viewer is of this node. What was deleted at its own author is
// left out where this node can tell: it holds that author's repository, at a state that
// is newer than the comment. A page that is shorter than asked for need not be the last
// one, unless it is empty. Kind NotFound if the post is not known here.
func (ix *Index) Thread(ctx context.Context, viewer content.AccountID, post content.URI, page ThreadPage) ([]Comment, error) {
	const op = "index.Thread"
	s, ok := subjectOf(post)
	id, err := ix.idOf(ctx, s.status())
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if !ok || s.kind != aPost || id == 0 {
		return nil, content.Errorf(op, content.NotFound, "there is no such post here")
	}
	r := threadReader{Index: ix, ctx: ctx, post: s.postRef, states: make(map[content.AccountID]*accountState)}
	if ix.views(viewer) {
		r.viewer = viewer
	}
	list, err := r.read(page)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return list, nil
}

type threadReader struct {
	*Index
	ctx    context.Context
	tx     *store.Tx
	post   postRef
	viewer content.AccountID // zero if not of this node
	states map[content.AccountID]*accountState
	end    postRef // behind which not all was read; zero if all was
}

// read merges what is listed with the viewer's own, as far as both were read.
func (r *threadReader) read(page ThreadPage) (all []Comment, err error) {
	limit := page.limit()
	err = r.kv.View(r.ctx, func(tx *store.Tx) error {
		r.tx = tx
		for {
			r.end = postRef{}
			listed, err := r.listed(page, limit)
			if err != nil {
				return err
			}
			own, err := r.own(page, limit)
			if all = r.merge(listed, own); err != nil || len(all) > 0 || r.end.tid == 0 {
				return err
			}
			page.Author, page.TID = r.end.author, r.end.tid // all were deleted
		}
	})
	return all[:min(len(all), limit)], err
}

// readTo notes that what is behind a comment was not read.
func (r *threadReader) readTo(c postRef) {
	if r.end.tid == 0 || order(c, r.end) < 0 {
		r.end = c
	}
}

// listed returns what the post's author lists.
func (r *threadReader) listed(page ThreadPage, limit int) (list []Comment, err error) {
	keys, values, err := readPage(r.tx, r.span(page), limit)
	for i := range keys {
		if err != nil {
			return nil, err
		}
		ref := listedRef(keys[i])
		if i == limit-1 {
			r.readTo(ref)
		}
		var stands bool
		if stands, err = r.stands(ref); err != nil || !stands {
			continue
		}
		l, damaged := parseListed(values[i])
		if damaged != nil {
			return nil, damaged
		}
		if c, unreadable := r.Index.listed(ref, l); unreadable == nil {
			list = append(list, c)
		}
	}
	return list, err
}

func (r *threadReader) span(page ThreadPage) store.Span {
	s := store.Span{Prefix: key(tagListed, r.post.bytes())}
	if page.TID != 0 {
		s.Start = append(listedKey(r.post, postRef{page.Author, page.TID}), 0)
	}
	return s
}

func (r *threadReader) id(ref postRef) (StatusID, error) {
	id, _, err := (&edit{tx: r.tx}).idOf(ref.comment())
	return id, err
}

// stands reports whether a comment that is listed may be shown: it is not known to be
// deleted, and is not the viewer's own, which [threadReader.own] returns.
func (r *threadReader) stands(c postRef) (bool, error) {
	s := r.states[c.author]
	if s == nil {
		var err error
		if s, err = readAccount(r.tx, c.author); err != nil {
			return false, err
		}
		r.states[c.author] = s
	}
	if s.version.Rev <= c.tid {
		return true, nil // what is held is nothing, or older
	}
	own, here, err := said(r.tx, c)
	return here && own.postRef == r.post, err
}

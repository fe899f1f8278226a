package index

import (
	"context"
	"slices"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
)

// Entry is one post of a timeline, or one that somebody reblogged.
type Entry struct {
	ID     StatusID // of the post; of a reblog, its own
	URI    content.URI
	CID    cid.Cid // of the record
	Author content.AccountID
	Post   *record.Post // not to be changed
	Reblog *Reblog      // nil for a post by itself
}

// Reblog says who showed a post to their followers.
type Reblog struct {
	By     content.AccountID
	Post   StatusID       // the post's own id
	Record *record.Reblog // not to be changed
}

// Page says which part of a timeline is asked for, as in Mastodon's API. Zero
// ids are no bound.
type Page struct {
	MaxID   StatusID // only posts below it
	SinceID StatusID // only posts above it, the newest of them
	MinID   StatusID // only posts above it, those next to it
	Limit   int      // posts at most; 0 is [DefaultLimit], and [MaxLimit] the most
}

// The sizes of a page.
const (
	DefaultLimit = 20
	MaxLimit     = 80
)

func (p Page) limit() int {
	if p.Limit <= 0 {
		return DefaultLimit
	}
	return min(p.Limit, MaxLimit)
}

// span returns where to scan for a page.
func (p Page) span(prefix []byte) store.Span {
	s := store.Span{Prefix: prefix, Direction: store.Descending}
	switch {
	case p.MinID > 0:
		s.Direction = store.Ascending
		s.Start = append(slices.Clone(prefix), (max(p.MinID, p.SinceID) + 1).bytes()...)
	case p.MaxID > 0:
		s.Start = append(slices.Clone(prefix), (p.MaxID - 1).bytes()...)
	}
	return s
}

// has reports whether an id is in the page.
func (p Page) has(id StatusID) bool {
	return (p.MaxID == 0 || id < p.MaxID) && id > max(p.SinceID, p.MinID)
}

// after returns what follows id in the direction of the page.
func (p Page) after(id StatusID) Page {
	if p.MinID > 0 {
		p.MinID = id
	} else {
		p.MaxID = id
	}
	return p
}

// Home returns a page of a viewer's home timeline, the newest first: the posts and the
// reblogs of those the viewer follows, and the viewer's own. It is empty for an account
// that is no viewer of this node.
//
// A reblog is left out while the post is not known here, and if one of the
// [RepeatAfter] entries before it, older ones, is the post itself or another reblog of
// it. So whether it is shown does not depend on the page. A page of which very many
// entries are left out may be shorter than asked for.
func (ix *Index) Home(ctx context.Context, viewer content.AccountID, page Page) ([]Entry, error) {
	return ix.timeline(ctx, "index.Home", key(tagHome, viewer[:]), page)
}

// Posts returns a page of an account's posts, the newest first.
func (ix *Index) Posts(ctx context.Context, author content.AccountID, page Page) ([]Entry, error) {
	return ix.timeline(ctx, "index.Posts", key(tagPosts, author[:]), page)
}

// timeline reads a page. Posts whose record is damaged are passed over, and the
// page is filled from behind them.
func (ix *Index) timeline(ctx context.Context, op string, prefix []byte, page Page) ([]Entry, error) {
	limit := page.limit()
	entries := make([]Entry, 0, limit)
	for rest, looked := page, 0; len(entries) < limit && looked < maxLooked; {
		want := limit - len(entries)
		listed, err := ix.list(ctx, prefix, rest, want)
		if err == nil {
			err = ix.withoutRepeated(ctx, prefix, listed)
		}
		if err != nil {
			return nil, content.E(op, content.Other, err)
		}
		for _, l := range listed {
			e, err := ix.shown(ctx, l)
			if err == nil {
				entries = append(entries, e)
			} else if ctx.Err() != nil {
				return nil, content.E(op, content.Other, err)
			}
			rest = rest.after(l.id)
		}
		if looked += len(listed); len(listed) < want {
			break
		}
	}
	if page.MinID > 0 {
		slices.Reverse(entries)
	}
	return entries, nil
}

// listed is an entry of a timeline.
type listed struct {
	id StatusID
	postEntry
	reblog   *reblogEntry // nil for a post
	repeated bool         // it is a reblog that is left out
}

// parseListing reads what a timeline lists.
func parseListing(id StatusID, v []byte) (listed, error) {
	if r, ok := parseReblog(v); ok {
		return listed{id: id, postEntry: postEntry{postRef: r.post}, reblog: &r}, nil
	}
	e, err := parseEntry(v)
	return listed{id: id, postEntry: e}, err
}

// list returns the first posts of a page in its direction.
func (ix *Index) list(ctx context.Context, prefix []byte, page Page, limit int) (found []listed, err error) {
	err = ix.kv.View(ctx, func(tx *store.Tx) error {
		var damaged error
		err := tx.Scan(page.span(prefix), func(k, v []byte) bool {
			id := lastID(k)
			if !page.has(id) {
				return false
			}
			var l listed
			if l, damaged = parseListing(id, v); damaged == nil {
				found = append(found, l)
			}
			return damaged == nil && len(found) < limit
		})
		if err == nil {
			err = damaged
		}
		return err
	})
	return found, err
}

func (ix *Index) entry(ctx context.Context, id StatusID, p postEntry) (Entry, error) {
	r, err := ix.records.get(ctx, p.digest)
	if err != nil {
		return Entry{}, err
	}
	post, ok := r.(*record.Post)
	if !ok {
		return Entry{}, content.Errorf("index.entry", content.Invalid, "not a post: "+p.uri().String())
	}
	return Entry{ID: id, URI: p.uri(), CID: content.FromDigest(content.DagCBOR, p.digest), Author: p.author, Post: post}, nil
}

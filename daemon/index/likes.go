package index

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// Liked is a post that an account liked.
type Liked struct {
	Cursor StatusID // of the like, for pages: by when it was
	Entry
}

// Likes returns a page of the posts that an account liked, those that are known here,
// the newest like first. The ids of the page are those in [Liked.Cursor].
func (ix *Index) Likes(ctx context.Context, account content.AccountID, page Page) ([]Liked, error) {
	const op = "index.Likes"
	limit, prefix := page.limit(), key(tagLikes, account[:])
	list := make([]Liked, 0, limit)
	err := ix.eachSuffixed(ctx, prefix, page, func(id StatusID, k, _ []byte) (bool, error) {
		s := parseSubject(k[len(prefix)+8:])
		if s.kind != aPost {
			return true, nil
		}
		e, err := ix.PostByURI(ctx, s.uri())
		if err == nil {
			list = append(list, Liked{id, e})
		}
		if ours(err) {
			return false, err
		}
		return len(list) < limit, nil
	})
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if page.MinID > 0 {
		slices.Reverse(list)
	}
	return list, nil
}

// eachSuffixed goes through the keys of a page behind whose ids something else stands,
// in the direction of the page, until f returns false.
func (ix *Index) eachSuffixed(ctx context.Context, prefix []byte, page Page, f func(id StatusID, k, v []byte) (bool, error)) error {
	span := page.suffixed(prefix)
	for {
		keys, values, err := ix.suffixedFrom(ctx, span, prefix, page)
		if err != nil {
			return err
		}
		for i, k := range keys {
			if bytes.Equal(k, span.Start) {
				continue // the last one before
			}
			more, err := f(suffixedID(prefix, k), k, values[i])
			if err != nil || !more {
				return err
			}
		}
		if len(keys) < 2*MaxLimit {
			return nil
		}
		span.Start = keys[len(keys)-1]
	}
}

func (ix *Index) suffixedFrom(ctx context.Context, span store.Span, prefix []byte, page Page) (keys, values [][]byte, err error) {
	err = ix.kv.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(span, func(k, v []byte) bool {
			if !page.has(suffixedID(prefix, k)) {
				return false
			}
			keys, values = append(keys, k), append(values, v)
			return len(keys) < 2*MaxLimit
		})
	})
	return keys, values, err
}

func suffixedID(prefix, k []byte) StatusID {
	return StatusID(binary.BigEndian.Uint64(k[len(prefix):]))
}

// suffixed is [Page.span] for keys behind whose ids something else stands: one of the
// id that bounds the page from above comes behind the id alone.
func (p Page) suffixed(prefix []byte) store.Span {
	s := p.span(prefix)
	if s.Direction == store.Descending && p.MaxID > 0 {
		s.Start = append(slices.Clone(prefix), p.MaxID.bytes()...)
	}
	return s
}

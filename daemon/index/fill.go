package index

import (
	"context"
	"slices"

	"rossgram.app/content"
)

// FillPages enters pages of comments that have come since the responses that list them:
// those of some records of an account, or of all if none are named.
func (ix *Index) FillPages(ctx context.Context, account content.AccountID, by ...content.Path) error {
	const op = "index.FillPages"
	defer ix.takeTurn(account)()
	lacking, err := ix.collectAlone(ctx, key(tagLacking, account[:]))
	if err != nil {
		return content.E(op, content.Other, err)
	}
	for _, k := range lacking {
		post := parseRef(k[1:])
		path := content.NewPath(content.CollectionResponses, post.tid.String())
		if len(by) > 0 && !slices.Contains(by, path) {
			continue
		}
		if err := ix.fill(ctx, post); err != nil {
			return content.E(op, content.Other, err)
		}
	}
	return nil
}

// fill enters the responses of a post again.
func (ix *Index) fill(ctx context.Context, post postRef) error {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	b, err := ix.fetch(ctx, responsesKey(post))
	digest, ok := parseResponses(b)
	if err != nil || !ok {
		return err
	}
	return ix.putResponses(ctx, post, digest)
}

// FillAllPages is [Index.FillPages] for all accounts, for a start: a page may have
// come just before a crash.
func (ix *Index) FillAllPages(ctx context.Context) error {
	lacking, err := ix.collectAlone(ctx, []byte{tagLacking})
	if err != nil {
		return content.E("index.FillAllPages", content.Other, err)
	}
	var last content.AccountID
	for _, k := range lacking {
		if a := parseRef(k[1:]).author; a != last {
			last = a
			if err := ix.FillPages(ctx, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// collectAlone is [Index.collect] for who does not write yet.
func (ix *Index) collectAlone(ctx context.Context, prefix []byte) ([][]byte, error) {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	return ix.collect(ctx, prefix)
}

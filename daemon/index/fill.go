package index

import (
	"context"

	"rossgram.app/content"
)

// FillPages enters pages of comments that have come since the responses that list them.
func (ix *Index) FillPages(ctx context.Context, account content.AccountID) error {
	const op = "index.FillPages"
	defer ix.takeTurn(account)()
	ix.writing.Lock()
	defer ix.writing.Unlock()
	lacking, err := ix.collect(ctx, key(tagLacking, account[:]))
	if err != nil {
		return content.E(op, content.Other, err)
	}
	for _, k := range lacking {
		b, err := ix.fetch(ctx, responsesKey(parseRef(k[1:])))
		if digest, ok := parseResponses(b); ok {
			err = ix.putResponses(ctx, parseRef(k[1:]), digest)
		}
		if err != nil {
			return content.E(op, content.Other, err)
		}
	}
	return nil
}

// FillAllPages is [Index.FillPages] for all accounts, for a start: a page may have
// come just before a crash.
func (ix *Index) FillAllPages(ctx context.Context) error {
	lacking, err := ix.collect(ctx, []byte{tagLacking})
	if err != nil {
		return content.E("index.FillAllPages", content.Other, err)
	}
	done := make(map[content.AccountID]bool)
	for _, k := range lacking {
		if a := parseRef(k[1:]).author; !done[a] {
			done[a] = true
			if err := ix.FillPages(ctx, a); err != nil {
				return err
			}
		}
	}
	return nil
}

package follow

import (
	"context"
	"slices"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
)

// Pages of comments are looked for as files are, so that one which nobody has keeps
// nothing else waiting; but they are records in all but name: no budget leaves them
// out, and they come before photos.

// pagesOf returns a record's pages as files are listed, each with the size that most
// of them have at most: what it is exactly, no record says.
func pagesOf(rec record.Record) []record.File {
	var list []record.File
	for _, c := range record.Pages(rec) {
		list = append(list, record.File{CID: dagcbor.Link{Cid: c}, Size: record.PageFill})
	}
	return list
}

// isPage tells a page from the block of a file.
func isPage(c cid.Cid) bool { return content.Codec(c.Prefix().Codec) == content.DagCBOR }

// photosOf returns what of a list is no page.
func photosOf(list []record.File) []record.File {
	return slices.DeleteFunc(slices.Clone(list), func(f record.File) bool { return isPage(f.CID.Cid) })
}

func (j job) photosOnly() bool { return len(photosOf(j.files)) == len(j.files) }

// pagesLast puts records with pages behind others, where the next to be fetched is.
func pagesLast(paths []content.Path) {
	rank := func(p content.Path) int {
		if p.Collection() == content.CollectionResponses {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(paths, func(a, b content.Path) int { return rank(a) - rank(b) })
}

// onPage reports whether a pin is of a page and not of the record that refers to it.
// While that can't be told it is, and the tree that tells is fetched first.
func (k *Keeper) onPage(ctx context.Context, id content.AccountID, p store.Pin) bool {
	if p.Referrer.Collection() != content.CollectionResponses {
		return false
	}
	view, err := k.Replica.View(ctx, id)
	if err != nil {
		return true
	}
	c, err := view.CID(ctx, p.Referrer)
	return err != nil || !c.Equals(p.CID)
}

// tellPages says that pages of an account may have come to which some records refer, or
// any if none are named.
func (k *Keeper) tellPages(id content.AccountID, by ...content.Path) {
	if k.Pages == nil {
		return
	}
	if err := k.Pages(k.ctx, id, by...); err != nil && k.ctx.Err() == nil {
		k.Log.Error("comments are here, but not all that is derived from them: rossgram reindex mends that", "account", id, "error", err)
	}
}

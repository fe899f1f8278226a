package record

import "github.com/ipfs/go-cid"

// Pages returns the pages of comments that a record refers to, in their order: blocks
// that [DecodePage] reads.
func Pages(r Record) []cid.Cid {
	list, ok := r.(*Responses)
	if !ok || list.Comments == nil {
		return nil
	}
	pages := make([]cid.Cid, len(list.Comments.Pages))
	for i, l := range list.Comments.Pages {
		pages[i] = l.Cid
	}
	return pages
}

// References returns all that a record refers to and that is kept and given out
// together with it: the roots of its [Files], which may be of several blocks, and its
// [Pages], in the order in which they are worth fetching. What a record only names,
// such as the version before an edit, is not among them.
func References(r Record) []cid.Cid {
	var roots []cid.Cid
	for _, f := range Files(r) {
		roots = append(roots, f.CID.Cid)
	}
	return append(roots, Pages(r)...)
}

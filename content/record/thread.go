package record

import (
	"fmt"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// Accepted is a comment to be listed: its record key and bytes in its author's
// repository, and the certificate of the writer that signed it.
type Accepted struct {
	TID    content.TID
	Record []byte
	Cert   content.Certificate
}

// Thread is the comments of one post on their pages, as the node of the post's author
// edits them. An edit changes as few pages as can be, one but for a comment that
// outgrew its page, so that it costs followers one page and not all. It is not safe
// for concurrent use.
type Thread struct {
	post  content.URI
	pages []*Page
}

// NewThread returns the comments of a post on the pages that are there, in their
// order: none for a post without comments.
func NewThread(post content.URI, pages ...*Page) *Thread { return &Thread{post, slices.Clone(pages)} }

// Len returns how many comments are listed.
func (t *Thread) Len() (n int) {
	for _, p := range t.pages {
		n += len(p.Comments)
	}
	return n
}

// Put lists a comment, at the end, or in the place of another version of it. Kind
// Invalid if it is not its author's or about another post, TooLarge if the post has
// as many comments as fit; then nothing is changed.
func (t *Thread) Put(a Accepted) error {
	const op = "record.Put"
	c, err := decodeComment(a.Record, t.post)
	if err != nil {
		return content.E(op, content.Other, err)
	}
	if err := c.Verify(a.Cert.Account, a.TID, a.Cert); err != nil {
		return content.E(op, content.Other, err)
	}
	pages := t.pages
	if at, i, there := t.find(a.Cert.Account, a.TID); there {
		if p := t.pages[at].replace(i, a); p.fits(MaxPageSize) {
			t.pages[at] = p
			return nil
		}
		pages = without(pages, at, i)
	}
	if pages, err = with(pages, a); err != nil {
		return content.E(op, content.Other, err)
	}
	t.pages = pages
	return nil
}

// Remove takes a comment off the list. It is false if the comment was not there.
func (t *Thread) Remove(account content.AccountID, tid content.TID) bool {
	at, i, there := t.find(account, tid)
	if there {
		t.pages = without(t.pages, at, i)
	}
	return there
}

// List returns what stands in [Responses], nil if there are no comments, and the
// blocks of all pages. Those of pages that did not change are what they were.
func (t *Thread) List() (*CommentList, []content.Block, error) {
	if len(t.pages) == 0 {
		return nil, nil, nil
	}
	l := &CommentList{Count: t.Len()}
	var blocks []content.Block
	for _, p := range t.pages {
		b, err := EncodePage(p)
		if err != nil {
			return nil, nil, content.E("record.List", content.Other, err)
		}
		blocks = append(blocks, b)
		l.Pages = append(l.Pages, dagcbor.Link{Cid: b.CID})
	}
	return l, blocks, l.validate()
}

func (t *Thread) find(account content.AccountID, tid content.TID) (page, place int, there bool) {
	for at, p := range t.pages {
		for i, l := range p.Comments {
			if l.TID == tid && p.Writers[l.By].Account == account {
				return at, i, true
			}
		}
	}
	return 0, 0, false
}

// without returns pages without a comment, and without the page if it was the only
// one there.
func without(pages []*Page, at, place int) []*Page {
	pages = slices.Clone(pages)
	if p := pages[at].without(place); len(p.Comments) > 0 {
		pages[at] = p
		return pages
	}
	return slices.Delete(pages, at, at+1)
}

// with returns pages with one more comment: on the last, on a new one, or, if there
// are as many as may be, on the first that has room.
func with(pages []*Page, a Accepted) ([]*Page, error) {
	const op = "record.with"
	if n := (&Thread{pages: pages}).Len(); n >= MaxComments {
		return nil, content.E(op, content.TooLarge, fmt.Errorf("a post lists at most %s comments", thousands(MaxComments)))
	}
	pages = slices.Clone(pages)
	if last := len(pages) - 1; last >= 0 {
		if p := pages[last].with(a); p.fits(PageFill) {
			pages[last] = p
			return pages, nil
		}
	}
	if len(pages) < MaxPages {
		return append(pages, new(Page).with(a)), nil
	}
	for i, p := range pages {
		if p = p.with(a); p.fits(MaxPageSize) {
			pages[i] = p
			return pages, nil
		}
	}
	return nil, content.E(op, content.TooLarge, fmt.Errorf("the %d pages of the comments are full", MaxPages))
}

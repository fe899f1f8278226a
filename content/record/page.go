package record

import (
	"bytes"
	"cmp"
	"fmt"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// Page is some comments that an author's node accepted under one post, in the order
// of acceptance, with the certificates of the writers that signed them. It is a block
// of its own, to which [Responses] links, and stands alone: whoever has it can verify
// every comment on it, see [Page.Verify].
type Page struct {
	// Writers are the certificates that Comments need, each once.
	Writers  []content.Certificate `cbor:"writers"`
	Comments []Listed              `cbor:"comments"` // 1 to [MaxPageComments]
	Extra    `cbor:"-"`
}

// Listed is one comment on a page.
type Listed struct {
	By  int         `cbor:"by"`  // the place in Writers, from 0, of the certificate
	TID content.TID `cbor:"tid"` // the comment's record key
	// Record is the record as it stands in its author's repository, byte for byte:
	// its SHA-256 is in the CID there.
	Record []byte `cbor:"record"`
	Extra  `cbor:"-"`
}

type (
	pageShape   Page
	listedShape Listed
)

// pageType is the $type of a page. It is no collection, so that a page is never taken
// for a record.
const pageType = content.CollectionResponses + "#page"

// MarshalCBOR writes the fields and those kept from a newer version.
func (p *Page) MarshalCBOR() ([]byte, error) { return encodeWith((*pageShape)(p), &p.Extra, pageType) }

// UnmarshalCBOR reads the fields and keeps those it does not know.
func (p *Page) UnmarshalCBOR(b []byte) error { return decodeRecord(b, (*pageShape)(p), &p.Extra) }

// MarshalCBOR is as [Page.MarshalCBOR].
func (l Listed) MarshalCBOR() ([]byte, error) { return encodeWith(listedShape(l), &l.Extra, "") }

// UnmarshalCBOR is as [Page.UnmarshalCBOR].
func (l *Listed) UnmarshalCBOR(b []byte) error { return decodeFields(b, (*listedShape)(l), &l.Extra) }

// EncodePage returns a page's block. A page over the limits is Invalid or TooLarge.
func EncodePage(p *Page) (content.Block, error) {
	const op = "record.EncodePage"
	if err := p.validate(); err != nil {
		return content.Block{}, err
	}
	b, err := dagcbor.Marshal(p)
	if err != nil {
		return content.Block{}, content.E(op, content.Invalid, err)
	}
	if len(b) > MaxPageSize {
		return content.Block{}, content.Errorf(op, content.TooLarge, "the page is too large")
	}
	return content.NewBlock(content.DagCBOR, b), nil
}

// DecodePage reads a page. What is not canonical, over the limits or no page is
// Invalid or TooLarge. The comments on it may still be anything: see [Page.Verify].
// It may keep b, which must not change afterwards.
func DecodePage(b []byte) (*Page, error) {
	const op = "record.DecodePage"
	if len(b) > MaxPageSize {
		return nil, content.Errorf(op, content.TooLarge, "the page is too large")
	}
	var h header
	if err := dagcbor.Unmarshal(b, &h); err != nil || h.Type != pageType {
		return nil, content.Errorf(op, content.Invalid, "not a page of comments")
	}
	p := new(Page)
	if err := dagcbor.Unmarshal(b, p); err != nil {
		return nil, content.E(op, cmp.Or(content.KindOf(err), content.Invalid), err)
	}
	if err := p.validate(); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if again, err := p.MarshalCBOR(); err != nil || !bytes.Equal(again, b) {
		return nil, content.Errorf(op, content.Invalid, "the page's fields are not in their one form")
	}
	return p, nil
}

// validate checks the form of a page.
func (p *Page) validate() error {
	const op = "record.Page"
	if n := len(p.Comments); n == 0 || n > MaxPageComments {
		return content.E(op, content.Invalid, fmt.Errorf("a page has 1 to %d comments", MaxPageComments))
	}
	needed := make(map[int]bool)
	for _, l := range p.Comments {
		if l.By < 0 || l.By >= len(p.Writers) {
			return content.Errorf(op, content.Invalid, "a comment's certificate is not on the page")
		}
		needed[l.By] = true
	}
	once := make(map[string]bool)
	for _, w := range p.Writers {
		once[string(w.Account[:])+string(w.Sig)] = true
	}
	if len(needed) != len(p.Writers) || len(once) != len(p.Writers) {
		return content.Errorf(op, content.Invalid, "a page has the certificates that it needs, each once")
	}
	return nil
}

package record

import (
	"fmt"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// Responses is what the author's node accepted in response to a post, under
// app.rossgram.responses/TID, with the TID of the post. Whoever follows the author
// sees the conversation without knowing everybody in it: comments are listed whole,
// on pages that stand apart from the record, see [Page]; likes and reblogs are
// counted.
//
// It is the author's word on what belongs to the post. What is not listed may exist
// all the same, in its own author's repository.
type Responses struct {
	Comments *CommentList `cbor:"comments,omitempty"` // nil if there are none
	Likes    *Tally       `cbor:"likes,omitempty"`    // nil if there are none
	Reblogs  *Tally       `cbor:"reblogs,omitempty"`  // nil if there are none
	Updated  Time         `cbor:"updated"`
	Extra    `cbor:"-"`
}

// CommentList is how many comments there are, and the pages that they stand on.
type CommentList struct {
	Count int            `cbor:"count"` // on all pages, 1 to [MaxComments]
	Pages []dagcbor.Link `cbor:"pages"` // see [DecodePage]; at most [MaxPages]
	Extra `cbor:"-"`
}

type (
	responsesShape   Responses
	commentListShape CommentList
)

// Type is app.rossgram.responses.
func (*Responses) Type() content.Collection { return content.CollectionResponses }

// MarshalCBOR writes the fields and those kept from a newer version.
func (r *Responses) MarshalCBOR() ([]byte, error) {
	return encodeWith((*responsesShape)(r), &r.Extra, r.Type())
}

// UnmarshalCBOR reads the fields and keeps those it does not know.
func (r *Responses) UnmarshalCBOR(b []byte) error {
	return decodeRecord(b, (*responsesShape)(r), &r.Extra)
}

// MarshalCBOR is as [Post.MarshalCBOR].
func (l CommentList) MarshalCBOR() ([]byte, error) {
	return encodeWith(commentListShape(l), &l.Extra, "")
}

// UnmarshalCBOR is as [Post.UnmarshalCBOR].
func (l *CommentList) UnmarshalCBOR(b []byte) error {
	return decodeFields(b, (*commentListShape)(l), &l.Extra)
}

func (r *Responses) validate() error {
	if err := r.Comments.validate(); err != nil {
		return err
	}
	for _, t := range []*Tally{r.Likes, r.Reblogs} {
		if err := t.validate(); err != nil {
			return err
		}
	}
	return r.Updated.validate()
}

func (l *CommentList) validate() error {
	const op = "record.CommentList"
	switch {
	case l == nil:
		return nil
	case len(l.Pages) == 0 || len(l.Pages) > MaxPages:
		return content.E(op, content.Invalid, fmt.Errorf("comments stand on 1 to %d pages", MaxPages))
	case l.Count < len(l.Pages) || l.Count > MaxComments || l.Count > len(l.Pages)*MaxPageComments:
		return content.Errorf(op, content.Invalid, "the comments are more or fewer than their pages hold")
	}
	seen := make(map[dagcbor.Link]bool)
	for _, p := range l.Pages {
		if err := content.CheckCID(p.Cid); err != nil {
			return err
		}
		if content.Codec(p.Prefix().Codec) != content.DagCBOR || seen[p] {
			return content.Errorf(op, content.Invalid, "a page of comments is DAG-CBOR, and listed once")
		}
		seen[p] = true
	}
	return nil
}

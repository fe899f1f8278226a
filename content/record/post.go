package record

import (
	"fmt"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// Post is 1 to [MaxPhotos] photos with a caption, under app.rossgram.post/TID.
type Post struct {
	Caption   string              `cbor:"caption,omitempty"`
	Photos    []Photo             `cbor:"photos"`
	Tags      []string            `cbor:"tags,omitempty"` // as [NormalizeTag] returns them, without #
	Mentions  []content.AccountID `cbor:"mentions,omitempty"`
	Place     string              `cbor:"place,omitempty"` // in the author's words; none is ever read from a photo
	Sensitive bool                `cbor:"sensitive,omitempty"`
	Spoiler   string              `cbor:"spoiler,omitempty"` // shown in place of the photos until asked
	Lang      string              `cbor:"lang,omitempty"`    // BCP 47
	// Comments says from whom the author's node takes comments; empty is anyone.
	Comments Commenters `cbor:"comments,omitempty"`
	Created  Time       `cbor:"created"`
	// Before is the version this one is an edit of.
	Before *dagcbor.Link `cbor:"before,omitempty"`
	Extra  `cbor:"-"`
}

type postShape Post

// Commenters says who may comment on a post. The author's node keeps to it when it
// lists comments; nobody is kept from writing one.
type Commenters string

// Who may comment, besides anyone, which is the empty Commenters.
const (
	Followers Commenters = "followers" // accounts that follow the author
	Following Commenters = "following" // accounts that the author follows
	Nobody    Commenters = "nobody"
)

func (c Commenters) validate() error {
	switch c {
	case "", Followers, Following, Nobody:
		return nil
	}
	return content.Errorf("record.Commenters", content.Invalid, "followers, following, nobody or, if left out, anyone may comment")
}

// Type is app.rossgram.post.
func (*Post) Type() content.Collection { return content.CollectionPost }

// MarshalCBOR writes the fields and those kept from a newer version.
func (p *Post) MarshalCBOR() ([]byte, error) { return encodeWith((*postShape)(p), &p.Extra, p.Type()) }

// UnmarshalCBOR reads the fields and keeps those it does not know.
func (p *Post) UnmarshalCBOR(b []byte) error { return decodeRecord(b, (*postShape)(p), &p.Extra) }

func (p *Post) validate() error {
	const op = "record.Post"
	switch {
	case len(p.Photos) == 0:
		return content.Errorf(op, content.Invalid, "a post needs at least one photo")
	case len(p.Photos) > MaxPhotos:
		return content.E(op, content.TooLarge, fmt.Errorf("a post holds at most %d photos, this one has %d", MaxPhotos, len(p.Photos)))
	}
	if err := checkText("the caption", p.Caption, MaxCaption, severalLines); err != nil {
		return err
	}
	if err := checkText("the content warning", p.Spoiler, MaxSpoiler, oneLine); err != nil {
		return err
	}
	if err := checkTags(p.Tags); err != nil {
		return err
	}
	if err := checkLang(p.Lang); err != nil {
		return err
	}
	if err := checkMentions(p.Mentions); err != nil {
		return err
	}
	if err := checkText("the place", p.Place, MaxPlace, oneLine); err != nil {
		return err
	}
	if err := p.Comments.validate(); err != nil {
		return err
	}
	for i := range p.Photos {
		if err := p.Photos[i].validate(); err != nil {
			return content.E(op, content.Other, fmt.Errorf("photo %d: %w", i+1, err))
		}
	}
	if err := checkBefore(p.Before); err != nil {
		return err
	}
	return p.Created.validate()
}

func checkBefore(l *dagcbor.Link) error {
	if l == nil {
		return nil
	}
	if err := content.CheckCID(l.Cid); err != nil {
		return err
	}
	if content.Codec(l.Prefix().Codec) != content.DagCBOR {
		return content.Errorf("record.Post", content.Invalid, "the version before an edit is a record")
	}
	return nil
}

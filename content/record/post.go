package record

import (
	"fmt"
	"strings"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// Post is 1 to [MaxPhotos] photos with a caption, under app.rossgram.post/TID.
type Post struct {
	Caption   string   `cbor:"caption,omitempty"`
	Photos    []Photo  `cbor:"photos"`
	Tags      []string `cbor:"tags,omitempty"` // as [NormalizeTag] returns them, without #
	Sensitive bool     `cbor:"sensitive,omitempty"`
	Spoiler   string   `cbor:"spoiler,omitempty"` // shown in place of the photos until asked
	Lang      string   `cbor:"lang,omitempty"`    // BCP 47
	Created   Time     `cbor:"created"`
	// Before is the version this one is an edit of.
	Before *dagcbor.Link `cbor:"before,omitempty"`
	Extra  `cbor:"-"`
}

type postShape Post

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

// checkLang checks the shape of a language tag (RFC 5646, section 2.1): subtags of
// 1 to 8 letters and digits, the first of 2 to 8 letters. It knows no registry, so
// that a node does not refuse what another one's newer registry has.
func checkLang(s string) error {
	const op = "record.Post"
	if s == "" {
		return nil
	}
	subtags := strings.Split(s, "-")
	ok := len(s) <= MaxLang && len(subtags[0]) >= 2 && !strings.ContainsFunc(subtags[0], isDigit)
	for _, t := range subtags {
		ok = ok && len(t) >= 1 && len(t) <= 8 && !strings.ContainsFunc(t, notLetterOrDigit)
	}
	if !ok {
		return content.Errorf(op, content.Invalid, "a language is written as in BCP 47, such as pt-BR")
	}
	return nil
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func notLetterOrDigit(r rune) bool {
	return !isDigit(r) && !(r >= 'a' && r <= 'z') && !(r >= 'A' && r <= 'Z')
}

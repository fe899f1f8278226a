package record

import (
	"crypto/ed25519"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// Comment is an account's words under a post, or under another comment on it, under
// app.rossgram.comment/TID.
//
// It carries a signature of its own besides the one of the repository that it
// stands in, see [Comment.Sign].
type Comment struct {
	Post     Subject             `cbor:"post"`             // always a post
	Parent   *Subject            `cbor:"parent,omitempty"` // the comment it answers; nil if it answers the post
	Text     string              `cbor:"text"`             // 1 to [MaxComment] characters
	Mentions []content.AccountID `cbor:"mentions,omitempty"`
	Tags     []string            `cbor:"tags,omitempty"`    // as [NormalizeTag] returns them, without #
	Spoiler  string              `cbor:"spoiler,omitempty"` // shown in place of the text until asked
	Lang     string              `cbor:"lang,omitempty"`    // BCP 47
	Created  Time                `cbor:"created"`
	// Before is the version this one is an edit of.
	Before *dagcbor.Link `cbor:"before,omitempty"`
	// Epoch is that of the certificate whose writer signed.
	Epoch content.Epoch `cbor:"epoch"`
	// Sig is the writer's signature; see [Comment.Sign].
	Sig   []byte `cbor:"sig,omitempty"`
	Extra `cbor:"-"`
}

type commentShape Comment

// Type is app.rossgram.comment.
func (*Comment) Type() content.Collection { return content.CollectionComment }

// MarshalCBOR writes the fields and those kept from a newer version.
func (c *Comment) MarshalCBOR() ([]byte, error) {
	return encodeWith((*commentShape)(c), &c.Extra, c.Type())
}

// UnmarshalCBOR reads the fields and keeps those it does not know.
func (c *Comment) UnmarshalCBOR(b []byte) error {
	return decodeRecord(b, (*commentShape)(c), &c.Extra)
}

func (c *Comment) validate() error {
	const op = "record.Comment"
	if err := c.validateUnsigned(); err != nil {
		return err
	}
	if c.Epoch < 1 || len(c.Sig) != ed25519.SignatureSize {
		return content.Errorf(op, content.Invalid, "a comment is signed by its author's writer")
	}
	return nil
}

func (c *Comment) validateUnsigned() error {
	if err := c.validatePlace(); err != nil {
		return err
	}
	if c.Text == "" {
		return content.Errorf("record.Comment", content.Invalid, "a comment needs a text")
	}
	if err := checkText("the comment", c.Text, MaxComment, severalLines); err != nil {
		return err
	}
	if err := checkText("the content warning", c.Spoiler, MaxSpoiler, oneLine); err != nil {
		return err
	}
	if err := checkTags(c.Tags); err != nil {
		return err
	}
	if err := checkMentions(c.Mentions); err != nil {
		return err
	}
	if err := checkLang(c.Lang); err != nil {
		return err
	}
	if err := checkBefore(c.Before); err != nil {
		return err
	}
	return c.Created.validate()
}

// validatePlace checks where in a conversation a comment stands, as far as it can
// be told from the comment alone: whether its parent is about the same post can't.
func (c *Comment) validatePlace() error {
	if err := c.Post.of(content.CollectionPost, "a comment is about a post"); err != nil {
		return err
	}
	if c.Parent == nil {
		return nil
	}
	return c.Parent.of(content.CollectionComment, "a comment answers a comment or, if none is named, the post")
}

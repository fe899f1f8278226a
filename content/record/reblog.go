package record

import "rossgram.app/content"

// Reblog shows a post or a comment to an account's own followers, with or without
// words of its own, under app.rossgram.reblog/HASH.
type Reblog struct {
	Subject  Subject             `cbor:"subject"`
	Words    string              `cbor:"words,omitempty"` // at most [MaxCaption] characters
	Lang     string              `cbor:"lang,omitempty"`  // BCP 47, of the words
	Tags     []string            `cbor:"tags,omitempty"`  // as [NormalizeTag] returns them, without #
	Mentions []content.AccountID `cbor:"mentions,omitempty"`
	Created  Time                `cbor:"created"`
	Extra    `cbor:"-"`
}

type reblogShape Reblog

// Type is app.rossgram.reblog.
func (*Reblog) Type() content.Collection { return content.CollectionReblog }

// MarshalCBOR writes the fields and those kept from a newer version.
func (r *Reblog) MarshalCBOR() ([]byte, error) {
	return encodeWith((*reblogShape)(r), &r.Extra, r.Type())
}

// UnmarshalCBOR reads the fields and keeps those it does not know.
func (r *Reblog) UnmarshalCBOR(b []byte) error { return decodeRecord(b, (*reblogShape)(r), &r.Extra) }

func (r *Reblog) validate() error {
	if err := r.Subject.validate(); err != nil {
		return err
	}
	if err := checkText("the text", r.Words, MaxCaption, severalLines); err != nil {
		return err
	}
	if err := checkLang(r.Lang); err != nil {
		return err
	}
	if err := checkTags(r.Tags); err != nil {
		return err
	}
	if err := checkMentions(r.Mentions); err != nil {
		return err
	}
	return r.Created.validate()
}

// ReblogKey returns the record key of a reblog of subject, so that there is one at
// most: as [LikeKey], from "rossgram/1/reblog".
func ReblogKey(subject Subject) string { return hashKey("rossgram/1/reblog", subject.Bytes()) }

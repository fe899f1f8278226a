package record

import "rossgram.app/content"

// Subject is what a response is about: a record of an account, of a collection
// that [Respondable] knows, under a TID. It names the record and no version of it: a
// like stays when a post is edited.
type Subject struct {
	Account content.AccountID `cbor:"account"`
	Path    content.Path      `cbor:"path"`
	Extra   `cbor:"-"`
}

type subjectShape Subject

// SubjectOf returns what names the record of a URI.
func SubjectOf(u content.URI) Subject { return Subject{Account: u.Account, Path: u.Path} }

// URI returns what the subject names. Two subjects are one if their URIs are equal.
func (s Subject) URI() content.URI { return content.URI{Account: s.Account, Path: s.Path} }

// Bytes returns what record keys are hashed from: the 32 bytes of the account and
// the path's. The first part has one length, so that no two subjects share them.
func (s Subject) Bytes() []byte { return append(s.Account[:], s.Path...) }

// MarshalCBOR is as [Post.MarshalCBOR].
func (s Subject) MarshalCBOR() ([]byte, error) { return encodeWith(subjectShape(s), &s.Extra, "") }

// UnmarshalCBOR is as [Post.UnmarshalCBOR].
func (s *Subject) UnmarshalCBOR(b []byte) error {
	return decodeFields(b, (*subjectShape)(s), &s.Extra)
}

// Respondable reports whether the records of a collection can be responded to. All
// such collections have TIDs as record keys.
func Respondable(c content.Collection) bool {
	switch c {
	case content.CollectionPost, content.CollectionComment:
		return true
	}
	return false
}

func (s *Subject) validate() error {
	const op = "record.Subject"
	if s.Account.IsZero() {
		return content.Errorf(op, content.Invalid, "a response names the account whose post it is about")
	}
	if err := s.Path.Validate(); err != nil {
		return err
	}
	if c, key := s.Path.Split(); !Respondable(c) || !isTID(key) {
		return content.Errorf(op, content.Invalid, "a response is about a post or a comment")
	}
	return nil
}

// of is [Subject.validate] for a subject that must be of one collection.
func (s *Subject) of(c content.Collection, message string) error {
	if err := s.validate(); err != nil {
		return err
	}
	if s.Path.Collection() != c {
		return content.Errorf("record.Subject", content.Invalid, message)
	}
	return nil
}

func isTID(key string) bool {
	_, err := content.ParseTID(key)
	return err == nil
}

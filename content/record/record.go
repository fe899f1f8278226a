// Package record has every kind of record an account can keep in its repository:
// its fields, its DAG-CBOR form and its limits (see limits.go).
//
// It guarantees that what it encodes and decodes is canonical and within the
// limits, and that fields it does not know, of a newer version, survive being
// decoded, changed and encoded again. Records of kinds it does not know decode
// to [Unknown]. Whether a record says the truth, and whether what it refers to
// exists, is for others to find out.
package record

import (
	"bytes"
	"cmp"
	"fmt"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// Record is one of the types of this package, as a pointer.
type Record interface {
	// Type is the record's collection, its $type.
	Type() content.Collection
	// validate reports whether the record is within the limits.
	validate() error
}

// Unknown is a record of a kind this version does not know. It is kept as it is.
type Unknown struct {
	kind content.Collection
	raw  []byte
}

// Type is the $type that the record carries.
func (u *Unknown) Type() content.Collection { return u.kind }

func (u *Unknown) validate() error {
	if len(u.raw) == 0 {
		return content.Errorf("record.Unknown", content.Invalid, "a record of an unknown kind is only ever decoded")
	}
	return nil
}

// Encode returns a record's block. A record over the limits is an error that
// says what is too much, of kind Invalid or TooLarge.
func Encode(r Record) (content.Block, error) {
	const op = "record.Encode"
	if err := r.validate(); err != nil {
		return content.Block{}, content.E(op, content.Other, err)
	}
	if u, ok := r.(*Unknown); ok {
		return content.NewBlock(content.DagCBOR, u.raw), nil
	}
	b, err := encodeFields(r, r.Type())
	if err != nil {
		return content.Block{}, content.E(op, content.Invalid, err)
	}
	if limit := maxSize(r.Type()); len(b) > limit {
		return content.Block{}, content.E(op, content.TooLarge, fmt.Errorf(
			"all texts together make %s bytes; at most %s fit: shorten some", thousands(len(b)), thousands(limit)))
	}
	return content.NewBlock(content.DagCBOR, b), nil
}

// header is what every record has.
type header struct {
	Type content.Collection `cbor:"$type"`
}

// Decode reads a record. What is not canonical, over the limits or without a
// $type is an error of kind Invalid or TooLarge. It may keep b, which must not
// change afterwards.
func Decode(b []byte) (Record, error) {
	const op = "record.Decode"
	if len(b) > MaxSize {
		return nil, content.Errorf(op, content.TooLarge, "the record is too large")
	}
	var h header
	if err := dagcbor.Unmarshal(b, &h); err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	if err := content.NewPath(h.Type, "x").Validate(); err != nil {
		return nil, content.Errorf(op, content.Invalid, "the record has no proper $type")
	}
	if len(b) > maxSize(h.Type) {
		return nil, content.Errorf(op, content.TooLarge, "the record is too large")
	}
	r := empty(h.Type)
	if r == nil {
		return &Unknown{h.Type, b}, nil
	}
	if err := dagcbor.Unmarshal(b, r); err != nil {
		return nil, content.E(op, cmp.Or(content.KindOf(err), content.Invalid), err)
	}
	if err := r.validate(); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	// A field that is missing, of another type, or there though it is empty would
	// give a record two forms.
	if again, err := encodeFields(r, h.Type); err != nil || !bytes.Equal(again, b) {
		return nil, content.Errorf(op, content.Invalid, "the record's fields are not in their one form")
	}
	return r, nil
}

// maxSize returns how many bytes a record of a kind may have.
func maxSize(t content.Collection) int {
	if t == content.CollectionComment {
		return MaxCommentSize
	}
	return MaxSize
}

func empty(t content.Collection) Record {
	switch t {
	case content.CollectionProfile:
		return new(Profile)
	case content.CollectionPost:
		return new(Post)
	case content.CollectionFollow:
		return new(Follow)
	case content.CollectionBlock:
		return new(Block)
	case content.CollectionLike:
		return new(Like)
	case content.CollectionReblog:
		return new(Reblog)
	case content.CollectionComment:
		return new(Comment)
	case content.CollectionResponses:
		return new(Responses)
	case content.CollectionMirror:
		return new(Mirror)
	}
	return nil
}

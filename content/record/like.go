package record

import "rossgram.app/content"

// Like says that an account likes a post or a comment, under
// app.rossgram.like/HASH.
type Like struct {
	Subject Subject `cbor:"subject"`
	Created Time    `cbor:"created"`
	Extra   `cbor:"-"`
}

type likeShape Like

// Type is app.rossgram.like.
func (*Like) Type() content.Collection { return content.CollectionLike }

// MarshalCBOR writes the fields and those kept from a newer version.
func (l *Like) MarshalCBOR() ([]byte, error) { return encodeWith((*likeShape)(l), &l.Extra, l.Type()) }

// UnmarshalCBOR reads the fields and keeps those it does not know.
func (l *Like) UnmarshalCBOR(b []byte) error { return decodeRecord(b, (*likeShape)(l), &l.Extra) }

func (l *Like) validate() error {
	if err := l.Subject.validate(); err != nil {
		return err
	}
	return l.Created.validate()
}

// LikeKey returns the record key of a like of subject, so that liking twice is
// liking once: as [FollowKey], from "rossgram/1/like" and [Subject.Bytes].
func LikeKey(subject Subject) string { return hashKey("rossgram/1/like", subject.Bytes()) }

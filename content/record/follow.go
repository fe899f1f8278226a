package record

import "rossgram.app/content"

// Follow says that an account follows another, under app.rossgram.follow/HASH.
type Follow struct {
	Subject content.AccountID `cbor:"subject"`
	Created Time              `cbor:"created"`
	Extra   `cbor:"-"`
}

type followShape Follow

// Type is app.rossgram.follow.
func (*Follow) Type() content.Collection { return content.CollectionFollow }

// MarshalCBOR writes the fields and those kept from a newer version.
func (f *Follow) MarshalCBOR() ([]byte, error) {
	return encodeWith((*followShape)(f), &f.Extra, f.Type())
}

// UnmarshalCBOR reads the fields and keeps those it does not know.
func (f *Follow) UnmarshalCBOR(b []byte) error { return decodeRecord(b, (*followShape)(f), &f.Extra) }

func (f *Follow) validate() error {
	if f.Subject.IsZero() {
		return content.Errorf("record.Follow", content.Invalid, "a follow names an account")
	}
	return f.Created.validate()
}

// FollowKey returns the record key of a follow of subject, so that following
// twice is following once: the first 160 bits of the SHA-256 of
// "rossgram/1/follow", a zero byte and the 32 bytes of the key, in lower-case
// base32 (RFC 4648), 32 characters.
func FollowKey(subject content.AccountID) string { return hashKey("rossgram/1/follow", subject[:]) }

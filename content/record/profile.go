package record

import (
	"fmt"

	"rossgram.app/content"
)

// ProfileKey is the record key of an account's one profile.
const ProfileKey = "self"

// Profile is how an account presents itself, under app.rossgram.profile/self.
type Profile struct {
	Name    string  `cbor:"name"` // 1 to [MaxName] characters on one line
	Bio     string  `cbor:"bio,omitempty"`
	Fields  []Field `cbor:"fields,omitempty"`
	Avatar  *Photo  `cbor:"avatar,omitempty"`
	Header  *Photo  `cbor:"header,omitempty"`
	Created Time    `cbor:"created"` // when the account was made
	Extra   `cbor:"-"`
}

// Field is a labelled line of a profile, such as a home page.
type Field struct {
	Name  string `cbor:"name"`
	Value string `cbor:"value"`
	Extra `cbor:"-"`
}

type (
	profileShape Profile
	fieldShape   Field
)

// Type is app.rossgram.profile.
func (*Profile) Type() content.Collection { return content.CollectionProfile }

// MarshalCBOR writes the fields and those kept from a newer version.
func (p *Profile) MarshalCBOR() ([]byte, error) {
	return encodeWith((*profileShape)(p), &p.Extra, p.Type())
}

// UnmarshalCBOR reads the fields and keeps those it does not know.
func (p *Profile) UnmarshalCBOR(b []byte) error {
	return decodeRecord(b, (*profileShape)(p), &p.Extra)
}

// MarshalCBOR is as [Profile.MarshalCBOR].
func (f Field) MarshalCBOR() ([]byte, error) { return encodeWith(fieldShape(f), &f.Extra, "") }

// UnmarshalCBOR is as [Profile.UnmarshalCBOR].
func (f *Field) UnmarshalCBOR(b []byte) error { return decodeFields(b, (*fieldShape)(f), &f.Extra) }

func (p *Profile) validate() error {
	const op = "record.Profile"
	if p.Name == "" {
		return content.Errorf(op, content.Invalid, "a profile needs a name")
	}
	if err := checkText("the name", p.Name, MaxName, oneLine); err != nil {
		return err
	}
	if err := checkText("the bio", p.Bio, MaxBio, severalLines); err != nil {
		return err
	}
	if len(p.Fields) > MaxFields {
		return content.E(op, content.TooLarge, fmt.Errorf("a profile has at most %d fields", MaxFields))
	}
	for _, f := range p.Fields {
		if err := checkText("a field's name", f.Name, MaxFieldName, oneLine); err != nil {
			return err
		}
		if err := checkText("a field", f.Value, MaxFieldValue, oneLine); err != nil {
			return err
		}
	}
	for _, photo := range []*Photo{p.Avatar, p.Header} {
		if photo == nil {
			continue
		}
		if err := photo.validate(); err != nil {
			return err
		}
	}
	return p.Created.validate()
}

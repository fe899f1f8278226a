package record

import "rossgram.app/content"

// Block says that an account blocks another, under app.rossgram.block/HASH.
// Whoever reads the repository sees it: it is for those who mean their blocks as a
// list for others. All other blocks and all mutes are private and no records.
type Block struct {
	Subject content.AccountID `cbor:"subject"`
	Created Time              `cbor:"created"`
	Extra   `cbor:"-"`
}

type blockShape Block

// Type is app.rossgram.block.
func (*Block) Type() content.Collection { return content.CollectionBlock }

// MarshalCBOR writes the fields and those kept from a newer version.
func (b *Block) MarshalCBOR() ([]byte, error) {
	return encodeWith((*blockShape)(b), &b.Extra, b.Type())
}

// UnmarshalCBOR reads the fields and keeps those it does not know.
func (b *Block) UnmarshalCBOR(in []byte) error { return decodeRecord(in, (*blockShape)(b), &b.Extra) }

func (b *Block) validate() error {
	if b.Subject.IsZero() {
		return content.Errorf("record.Block", content.Invalid, "a block names an account")
	}
	return b.Created.validate()
}

// BlockKey returns the record key of a block of subject: as [FollowKey], from
// "rossgram/1/block".
func BlockKey(subject content.AccountID) string { return hashKey("rossgram/1/block", subject[:]) }

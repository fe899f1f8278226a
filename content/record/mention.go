package record

import (
	"fmt"
	"slices"

	"rossgram.app/content"
)

// Person is an account that a photo shows, and where: the point in thousandths of
// the upright photo's width from the left and of its height from the top, 0 to
// [MaxPoint].
type Person struct {
	Account content.AccountID `cbor:"account"`
	X       int               `cbor:"x"`
	Y       int               `cbor:"y"`
	Extra   `cbor:"-"`
}

type personShape Person

// MarshalCBOR is as [Post.MarshalCBOR].
func (p Person) MarshalCBOR() ([]byte, error) { return encodeWith(personShape(p), &p.Extra, "") }

// UnmarshalCBOR is as [Post.UnmarshalCBOR].
func (p *Person) UnmarshalCBOR(b []byte) error { return decodeFields(b, (*personShape)(p), &p.Extra) }

func checkPeople(people []Person) error {
	const op = "record.checkPeople"
	if len(people) > MaxPeople {
		return content.E(op, content.TooLarge, fmt.Errorf("a photo shows at most %d people by name, this one has %d", MaxPeople, len(people)))
	}
	accounts := make([]content.AccountID, len(people))
	for i, p := range people {
		if min(p.X, p.Y) < 0 || max(p.X, p.Y) > MaxPoint {
			return content.E(op, content.Invalid, fmt.Errorf("a person's place is between 0 and %s", thousands(MaxPoint)))
		}
		accounts[i] = p.Account
	}
	return checkOnce(accounts, "a photo shows an account once")
}

func checkMentions(accounts []content.AccountID) error {
	if len(accounts) > MaxMentions {
		return content.E("record.checkMentions", content.TooLarge, fmt.Errorf("at most %d accounts are mentioned, here are %d", MaxMentions, len(accounts)))
	}
	return checkOnce(accounts, "an account is mentioned once")
}

// checkOnce reports whether each of a few accounts names somebody and stands once.
func checkOnce(accounts []content.AccountID, message string) error {
	for i, a := range accounts {
		if a.IsZero() || slices.Contains(accounts[:i], a) {
			return content.Errorf("record.checkOnce", content.Invalid, message)
		}
	}
	return nil
}

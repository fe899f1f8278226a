package discover

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"rossgram.app/content"
)

// The text of an invite is "rg-invite:" and base32 (RFC 4648, without padding)
// of a version byte, the DAG-CBOR, and the first four bytes of the SHA-256 of
// both. Base32 can be read in either case: in upper case the whole text is of the
// characters that QR codes pack most densely (ISO/IEC 18004, alphanumeric mode),
// which makes the code smaller than base64 would, though the text is longer.
const (
	invitePrefix  = "rg-invite:"
	inviteVersion = 1
	checksumLen   = 4
	maxInviteText = 4096
)

var inviteEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func armour(body []byte) string {
	b := append([]byte{inviteVersion}, body...)
	sum := sha256.Sum256(b)
	return invitePrefix + inviteEncoding.EncodeToString(append(b, sum[:checksumLen]...))
}

// unarmour takes the text in either case and with white space around it and, as
// mail programs add it, inside.
func unarmour(text string) ([]byte, error) {
	const op = "discover.unarmour"
	if len(text) > maxInviteText {
		return nil, content.Errorf(op, content.TooLarge, "too long for an invite")
	}
	rest, ok := strings.CutPrefix(strings.ToLower(strings.Join(strings.Fields(text), "")), invitePrefix)
	if !ok {
		return nil, content.Errorf(op, content.Invalid, "an invite begins with "+invitePrefix)
	}
	b, err := inviteEncoding.DecodeString(rest)
	if err != nil || len(b) < 1+checksumLen || inviteEncoding.EncodeToString(b) != rest { // the last character has bits to spare
		return nil, content.Errorf(op, content.Corrupt, damaged)
	}
	signed, sum := b[:len(b)-checksumLen], sha256.Sum256(b[:len(b)-checksumLen])
	if !bytes.Equal(sum[:checksumLen], b[len(signed):]) {
		return nil, content.Errorf(op, content.Corrupt, damaged)
	}
	if v := signed[0]; v != inviteVersion {
		return nil, content.Errorf(op, content.Unavailable,
			fmt.Sprintf("the invite is of version %d, made by a newer rossgram; update yours", v))
	}
	return signed[1:], nil
}

const damaged = "the invite is damaged or not whole; copy it again"

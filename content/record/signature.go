package record

import (
	"bytes"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
)

// signedComment is what a comment's signature is over, in the domain
// [keys.DomainComment]: whose comment it is, under which record key, and the bytes
// of the record without "sig". A comment therefore can't be shown as another's, nor
// twice.
type signedComment struct {
	Account content.AccountID `cbor:"account"`
	TID     content.TID       `cbor:"tid"`
	Record  []byte            `cbor:"record"`
}

// Sign signs a comment that will stand in the repository of the certificate's
// account under a TID, and sets its Epoch and Sig. Kind Invalid or TooLarge if the
// comment is over the limits, and Invalid if the key is not the certificate's. A
// comment that is changed afterwards, in any field, must be signed again.
//
// The repository's commit vouches for the comment too, but only together with the
// tree nodes down to it, 5 to 15 KB. The author of the post lists comments for
// followers who have nothing of those who wrote them; the signature makes that 64
// bytes.
func (c *Comment) Sign(tid content.TID, cert content.Certificate, key keys.WriterKey) error {
	const op = "record.Sign"
	if !bytes.Equal(key.Public(), cert.Writer) {
		return content.Errorf(op, content.Invalid, "the certificate is of another key")
	}
	if err := c.validateUnsigned(); err != nil {
		return content.E(op, content.Other, err)
	}
	signed := *c
	signed.Epoch = cert.Epoch
	message, err := signed.message(cert.Account, tid)
	if err != nil {
		return content.E(op, content.Other, err)
	}
	signed.Sig = key.Sign(keys.DomainComment, message)
	if _, err := Encode(&signed); err != nil {
		return content.E(op, content.Other, err)
	}
	*c = signed
	return nil
}

// Verify reports whether a comment was signed to stand in an account's repository
// under a TID, by the writer of a certificate, which it verifies too. Kind Invalid
// if not.
//
// It does not know whether the certificate is still in force: comments outlive
// moves of their author's account. Nor does it know whether they still stand by it:
// only the repository tells whether the comment was edited or deleted since.
func (c *Comment) Verify(account content.AccountID, tid content.TID, cert content.Certificate) error {
	const op = "record.Verify"
	if err := keys.VerifyCertificate(cert); err != nil {
		return content.E(op, content.Invalid, err)
	}
	if cert.Account != account {
		return content.Errorf(op, content.Invalid, "the certificate is of another account")
	}
	return c.verify(tid, cert)
}

// verify is [Comment.Verify] for the account of a certificate that is verified.
func (c *Comment) verify(tid content.TID, cert content.Certificate) error {
	const op = "record.verify"
	if cert.Epoch != c.Epoch {
		return content.Errorf(op, content.Invalid, "the certificate is of another epoch than the comment")
	}
	message, err := c.message(cert.Account, tid)
	if err != nil {
		return content.E(op, content.Invalid, err)
	}
	if !keys.Verify(cert.Writer, keys.DomainComment, message, c.Sig) {
		return content.Errorf(op, content.Invalid, "the comment is not signed by this account under this key")
	}
	return nil
}

// message returns what the signature is over, with fields of a newer version.
func (c *Comment) message(account content.AccountID, tid content.TID) ([]byte, error) {
	unsigned := *c
	unsigned.Sig = nil
	b, err := unsigned.MarshalCBOR()
	if err != nil {
		return nil, err
	}
	return dagcbor.Marshal(signedComment{account, tid, b})
}

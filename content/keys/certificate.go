package keys

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// The limits of a certificate.
const (
	MaxCertificateSize = 640 // bytes, encoded
	maxSuites          = 4
	maxSuiteName       = 32
	minSealValue       = 32
	maxSealValue       = 64
	maxCreated         = 1<<53/1_000_000 - 1 // seconds; the year 2255, where TIDs end
)

// unsignedCertificate is what a certificate's signature is over.
type unsignedCertificate struct {
	Account content.AccountID `cbor:"account"`
	Epoch   content.Epoch     `cbor:"epoch"`
	Writer  []byte            `cbor:"writer"`
	Seal    map[string][]byte `cbor:"seal"`
	Created int64             `cbor:"created"`
}

func signedCertificate(c content.Certificate) ([]byte, error) {
	return dagcbor.Marshal(unsignedCertificate{c.Account, c.Epoch, c.Writer, c.Seal, c.Created})
}

// EncodeCertificate returns a certificate's DAG-CBOR.
func EncodeCertificate(c content.Certificate) ([]byte, error) {
	b, err := dagcbor.Marshal(c)
	if err != nil {
		return nil, content.E("keys.EncodeCertificate", content.Invalid, err)
	}
	return b, nil
}

// DecodeCertificate reads what [EncodeCertificate] writes, and nothing else, and
// verifies it.
func DecodeCertificate(b []byte) (content.Certificate, error) {
	const op = "keys.DecodeCertificate"
	var c content.Certificate
	if len(b) > MaxCertificateSize {
		return c, content.Errorf(op, content.TooLarge, "certificate over the limit")
	}
	if err := dagcbor.UnmarshalStrict(b, &c); err != nil {
		return content.Certificate{}, content.E(op, content.Invalid, err)
	}
	if err := VerifyCertificate(c); err != nil {
		return content.Certificate{}, err
	}
	// A field that is missing, null or of a kindred type would give a certificate a
	// second form, and with it a second hash.
	if again, err := EncodeCertificate(c); err != nil || !bytes.Equal(again, b) {
		return content.Certificate{}, content.Errorf(op, content.Invalid, "the certificate's fields are not in their one form")
	}
	return c, nil
}

// VerifyCertificate reports whether a certificate is well-formed and signed by
// the account that it names.
func VerifyCertificate(c content.Certificate) error {
	const op = "keys.VerifyCertificate"
	switch {
	case c.Account.IsZero():
		return content.Errorf(op, content.Invalid, "a certificate names an account")
	case c.Epoch < 1:
		return content.Errorf(op, content.Invalid, "epochs begin at 1")
	case len(c.Writer) != ed25519.PublicKeySize:
		return content.Errorf(op, content.Invalid, "a writer key has 32 bytes")
	case c.Created < 0 || c.Created > maxCreated:
		return content.Errorf(op, content.Invalid, "a certificate is from between 1970 and 2255")
	}
	if err := checkSeal(c.Seal); err != nil {
		return err
	}
	message, err := signedCertificate(c)
	if err != nil {
		return content.E(op, content.Invalid, err)
	}
	if !Verify(c.Account[:], DomainCertificate, message, c.Sig) {
		return content.Errorf(op, content.Invalid, "the certificate is not signed by the account")
	}
	return nil
}

func checkSeal(seal map[string][]byte) error {
	const op = "keys.checkSeal"
	if len(seal) > maxSuites || len(seal[SuiteX25519]) != 32 {
		return content.Errorf(op, content.Invalid, "a certificate has an x25519 key of 32 bytes and at most 4 suites")
	}
	for name, value := range seal {
		if name == "" || len(name) > maxSuiteName || len(value) < minSealValue || len(value) > maxSealValue {
			return content.Errorf(op, content.Invalid, "a sealing suite is out of its limits")
		}
	}
	return nil
}

// Hash returns the SHA-256 of an encoded certificate, by which two certificates
// of one epoch are ordered.
func Hash(c content.Certificate) ([32]byte, error) {
	b, err := EncodeCertificate(c)
	return sha256.Sum256(b), err
}

// CompareCertificates orders certificates of one account by which is in force:
// +1 if a is, -1 if b is, 0 if they are the same. The higher epoch is; of two of
// one epoch (a phrase used in two places, or stolen) the one with the lower
// [Hash], so that everybody decides alike.
func CompareCertificates(a, b content.Certificate) (int, error) {
	if a.Epoch != b.Epoch {
		return cmp.Compare(a.Epoch, b.Epoch), nil
	}
	x, err := Hash(a)
	if err != nil {
		return 0, err
	}
	y, err := Hash(b)
	if err != nil {
		return 0, err
	}
	return bytes.Compare(y[:], x[:]), nil
}

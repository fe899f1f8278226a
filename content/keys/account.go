package keys

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"strconv"
	"time"

	"rossgram.app/content"
)

// AccountKey is the key that an account is. It does one thing: it signs writer
// certificates.
type AccountKey struct{ private hidden[ed25519.PrivateKey] }

// AccountKey derives the account key of a phrase: the Ed25519 key whose seed is
// derived for "rossgram/1/account".
func (p Phrase) AccountKey() (AccountKey, error) {
	seed, err := p.derive("rossgram/1/account")
	if err != nil {
		return AccountKey{}, err
	}
	return AccountKey{hide(ed25519.NewKeyFromSeed(seed))}, nil
}

// ID returns the account.
func (k AccountKey) ID() content.AccountID {
	return content.AccountID(k.private().Public().(ed25519.PublicKey))
}

// Certify puts a writer key and a sealing key in force for an epoch. Epochs
// begin at 1; a certificate of a higher one revokes those below. created is kept
// to the second.
func (k AccountKey) Certify(epoch content.Epoch, writer ed25519.PublicKey, seal SealingKey, created time.Time) (content.Certificate, error) {
	c := content.Certificate{
		Account: k.ID(), Epoch: epoch, Writer: writer,
		Seal:    map[string][]byte{SuiteX25519: seal.Public()},
		Created: created.Unix(),
	}
	message, err := signedCertificate(c)
	if err != nil {
		return content.Certificate{}, err
	}
	c.Sig = ed25519.Sign(k.private(), DomainCertificate.Message(message))
	return c, VerifyCertificate(c)
}

// String hides the key.
func (k AccountKey) String() string { return "(account key)" }

// GoString is [AccountKey.String].
func (k AccountKey) GoString() string { return k.String() }

// SuiteX25519 names the sealing suite that every certificate has: HPKE (RFC 9180)
// with DHKEM(X25519, HKDF-SHA256).
const SuiteX25519 = "x25519"

// SealingKey opens what was sealed to an account in one epoch.
type SealingKey struct{ private hidden[*ecdh.PrivateKey] }

// SealingKey derives the sealing key of an epoch: the X25519 private key
// (RFC 7748) whose 32 bytes are derived for "rossgram/1/seal/" and the epoch in
// decimal; they are clamped when used, not before. Whoever has the phrase can therefore open what was ever sealed to the
// account.
func (p Phrase) SealingKey(epoch content.Epoch) (SealingKey, error) {
	seed, err := p.derive("rossgram/1/seal/" + strconv.FormatUint(uint64(epoch), 10))
	if err != nil {
		return SealingKey{}, err
	}
	return SealingKeyFromBytes(seed)
}

// SealingKeyFromBytes returns the key of 32 bytes, as key files hold it.
func SealingKeyFromBytes(b []byte) (SealingKey, error) {
	private, err := ecdh.X25519().NewPrivateKey(b)
	if err != nil {
		return SealingKey{}, content.E("keys.SealingKeyFromBytes", content.Invalid, err)
	}
	return SealingKey{hide(private)}, nil
}

// Public returns the 32 bytes that others seal to.
func (k SealingKey) Public() []byte { return k.private().PublicKey().Bytes() }

func (k SealingKey) bytes() []byte { return k.private().Bytes() }

// String hides the key.
func (k SealingKey) String() string { return "(sealing key)" }

// GoString is [SealingKey.String].
func (k SealingKey) GoString() string { return k.String() }

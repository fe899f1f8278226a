package keys

import (
	"crypto/ed25519"
	"crypto/rand"

	"rossgram.app/content"
)

// Domain is what a signature is for. A signature is over the domain, a zero
// byte, and the message, so that none can be passed off as another's.
type Domain string

// The domains of this version.
const (
	DomainCertificate Domain = "rossgram/1/certificate"
	DomainCommit      Domain = "rossgram/1/commit"
	DomainComment     Domain = "rossgram/1/comment"
	DomainInvite      Domain = "rossgram/1/invite"
	DomainMirror      Domain = "rossgram/1/mirror"
	DomainReceipt     Domain = "rossgram/1/receipt" // signed by a node's key
	DomainCollect     Domain = "rossgram/1/collect"
)

// Message returns what is signed for a message in the domain, for keys that are
// not of this package.
func (d Domain) Message(m []byte) []byte {
	b := make([]byte, 0, len(d)+1+len(m))
	b = append(b, d...)
	b = append(b, 0)
	return append(b, m...)
}

// Verify reports whether sig is the Ed25519 signature of a message under a public
// key, in a domain. It is the check of RFC 8032, section 5.1.7, without the
// cofactor; S must be below the group's order.
func Verify(public []byte, d Domain, message, sig []byte) bool {
	return len(public) == ed25519.PublicKeySize && len(sig) == ed25519.SignatureSize &&
		ed25519.Verify(public, d.Message(message), sig)
}

// WriterKey signs commits, comments and invites on one machine, under a certificate. It is
// random, so that a machine that is lost loses no more than its own key.
type WriterKey struct{ private hidden[ed25519.PrivateKey] }

// NewWriterKey returns a key from the system's randomness.
func NewWriterKey() WriterKey {
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed) // never fails, see its documentation
	return WriterKey{hide(ed25519.NewKeyFromSeed(seed))}
}

// WriterKeyFromSeed returns the key of a 32-byte seed, as key files hold it.
func WriterKeyFromSeed(seed []byte) (WriterKey, error) {
	if len(seed) != ed25519.SeedSize {
		return WriterKey{}, content.Errorf("keys.WriterKeyFromSeed", content.Invalid, "a writer key has a seed of 32 bytes")
	}
	return WriterKey{hide(ed25519.NewKeyFromSeed(seed))}, nil
}

// Public returns the Ed25519 public key.
func (k WriterKey) Public() ed25519.PublicKey { return k.private().Public().(ed25519.PublicKey) }

// Sign signs a message in a domain.
func (k WriterKey) Sign(d Domain, message []byte) []byte {
	return ed25519.Sign(k.private(), d.Message(message))
}

func (k WriterKey) seed() []byte { return k.private().Seed() }

// String hides the key.
func (k WriterKey) String() string { return "(writer key)" }

// GoString is [WriterKey.String].
func (k WriterKey) GoString() string { return k.String() }

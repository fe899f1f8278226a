package keys_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/keys"
)

var update = flag.Bool("update", false, "rewrite golden files")

// vectors is testdata/vectors.json: what a second implementation must come to.
type vectors struct {
	Note         string              `json:"note"`
	Fields       map[string]string   `json:"fields"`
	Phrase       string              `json:"phrase"`
	Seed         string              `json:"seed"`
	AccountSeed  string              `json:"account_seed"`
	AccountKey   string              `json:"account_key"`
	Account      string              `json:"account"`
	Fingerprint  string              `json:"fingerprint"`
	Seal         []sealVector        `json:"seal"`
	Certificates []certificateVector `json:"certificates"`
	InForce      string              `json:"in_force"`
	Signature    signatureVector     `json:"signature"`
}

type sealVector struct {
	Epoch   content.Epoch `json:"epoch"`
	Private string        `json:"private"`
	Public  string        `json:"public"`
}

type certificateVector struct {
	WriterSeed string        `json:"writer_seed"`
	Writer     string        `json:"writer"`
	Epoch      content.Epoch `json:"epoch"`
	Created    int64         `json:"created"`
	Unsigned   string        `json:"unsigned"`
	Bytes      string        `json:"bytes"`
	CID        string        `json:"cid"`
}

type signatureVector struct {
	WriterSeed string      `json:"writer_seed"`
	Domain     keys.Domain `json:"domain"`
	Message    string      `json:"message"`
	Signed     string      `json:"signed"`
	Sig        string      `json:"sig"`
}

const vectorsNote = "One account, from its phrase to a signature. Bytes are hexadecimal. Everything follows from the phrase, the writer seeds and the times; Ed25519 signatures repeat exactly."

var vectorFields = map[string]string{
	"phrase":                     "24 words, of 256 zero bits (BIP-39)",
	"seed":                       "the phrase's BIP-39 seed with the empty passphrase, 64 bytes",
	"account_seed":               "HKDF-SHA256 of seed, no salt, info rossgram/1/account, 32 bytes: the Ed25519 seed",
	"account_key":                "the account's Ed25519 public key",
	"account":                    "its did:key",
	"fingerprint":                "the first 80 bits of SHA-256(account_key) in lower-case base32",
	"seal":                       "for an epoch: HKDF-SHA256 of seed, no salt, info rossgram/1/seal/EPOCH, as X25519 private key; and its public key",
	"certificates":               "for a writer (Ed25519 seed and public key), an epoch and a time in seconds: the DAG-CBOR without sig; the whole certificate's; its CID",
	"in_force":                   "the CID of the certificate that counts if all of them are seen",
	"signature":                  "a message, what the signature is over (domain, zero byte, message), and the signature by the writer",
	"certificates[].unsigned":    "what is signed, behind the domain rossgram/1/certificate and a zero byte",
	"certificates[].bytes":       "the map of unsigned with sig",
	"certificates[].created":     "seconds since the Unix epoch",
	"signature.signed":           "the domain, a zero byte and the message",
	"certificates[].cid":         "CIDv1, dag-cbor, SHA-256 of bytes",
	"certificates[].writer":      "the Ed25519 public key of writer_seed",
	"seal[].private, .public":    "X25519 keys (RFC 7748)",
	"signature.writer_seed":      "the Ed25519 seed of the writer that signs",
	"certificates[].epoch":       "of two certificates of one epoch, the one with the lower SHA-256 of its bytes counts",
	"certificates[].writer_seed": "the Ed25519 seed of the writer",
}

var zeroPhrase = strings.Repeat("abandon ", 23) + "art"

func makeVectors(t *testing.T) vectors {
	t.Helper()
	phrase := must(keys.ParsePhrase(zeroPhrase))
	seed := bip39Seed(t, zeroPhrase, "")
	account := must(phrase.AccountKey())
	id := account.ID()
	v := vectors{
		Note: vectorsNote, Fields: vectorFields, Phrase: zeroPhrase,
		Seed: hex.EncodeToString(seed), AccountSeed: hex.EncodeToString(derived(t, seed, "rossgram/1/account")),
		AccountKey: hex.EncodeToString(id[:]), Account: id.String(), Fingerprint: id.Fingerprint(),
	}
	for epoch := range content.Epoch(2) {
		key := must(phrase.SealingKey(epoch + 1))
		private := derived(t, seed, "rossgram/1/seal/"+strconv.Itoa(int(epoch+1)))
		v.Seal = append(v.Seal, sealVector{epoch + 1, hex.EncodeToString(private), hex.EncodeToString(key.Public())})
	}
	var inForce content.Certificate
	for i, epoch := range []content.Epoch{1, 2, 2} {
		writerSeed := bytes.Repeat([]byte{byte(i + 1)}, 32)
		writer := must(keys.WriterKeyFromSeed(writerSeed))
		created := time.Unix(1_800_000_000+int64(i), 0)
		c := must(account.Certify(epoch, writer.Public(), must(phrase.SealingKey(epoch)), created))
		v.Certificates = append(v.Certificates, certificateVector{
			WriterSeed: hex.EncodeToString(writerSeed), Writer: hex.EncodeToString(writer.Public()), Epoch: epoch,
			Created: c.Created, Unsigned: hex.EncodeToString(unsigned(t, c)),
			Bytes: hex.EncodeToString(must(keys.EncodeCertificate(c))), CID: cidOf(t, c),
		})
		if i == 0 || must(keys.CompareCertificates(c, inForce)) > 0 {
			inForce = c
		}
	}
	v.InForce = cidOf(t, inForce)
	v.Signature = signVector(t)
	return v
}

func signVector(t *testing.T) signatureVector {
	seed, message := bytes.Repeat([]byte{1}, 32), []byte("a commit without its signature")
	writer := must(keys.WriterKeyFromSeed(seed))
	return signatureVector{
		WriterSeed: hex.EncodeToString(seed), Domain: keys.DomainCommit, Message: hex.EncodeToString(message),
		Signed: hex.EncodeToString(append([]byte(keys.DomainCommit+"\x00"), message...)),
		Sig:    hex.EncodeToString(writer.Sign(keys.DomainCommit, message)),
	}
}

func TestVectors(t *testing.T) {
	path := filepath.Join("testdata", "vectors.json")
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(makeVectors(t)); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := must(os.ReadFile(path)); !bytes.Equal(b.Bytes(), want) {
		t.Errorf("got %s\nwant %s", &b, want)
	}
}

// What this package derives is what the standard library comes to by the words of
// the protocol, from the published vectors of BIP-39 on.
func TestDerivation(t *testing.T) {
	var published struct {
		Vectors []struct{ Phrase, Seed string }
	}
	if err := json.Unmarshal(must(os.ReadFile("testdata/bip39.json")), &published); err != nil {
		t.Fatal(err)
	}
	if len(published.Vectors) < 8 {
		t.Fatalf("%d vectors", len(published.Vectors))
	}
	for _, v := range published.Vectors {
		if got := hex.EncodeToString(bip39Seed(t, v.Phrase, "TREZOR")); got != v.Seed {
			t.Fatalf("the test's own seed of %q is %s", v.Phrase, got)
		}
		phrase := must(keys.ParsePhrase(v.Phrase))
		seed := bip39Seed(t, v.Phrase, "")
		private := ed25519.NewKeyFromSeed(derived(t, seed, "rossgram/1/account"))
		if id := must(phrase.AccountKey()).ID(); !bytes.Equal(id[:], private.Public().(ed25519.PublicKey)) {
			t.Errorf("%q: account %s", v.Phrase, id)
		}
		for epoch, info := range map[content.Epoch]string{1: "rossgram/1/seal/1", 4294967295: "rossgram/1/seal/4294967295"} {
			want := must(ecdh.X25519().NewPrivateKey(derived(t, seed, info))).PublicKey().Bytes()
			if got := must(phrase.SealingKey(epoch)).Public(); !bytes.Equal(got, want) {
				t.Errorf("%q, epoch %d: sealing key %x, want %x", v.Phrase, epoch, got, want)
			}
		}
	}
}

// The seeds and names are the first Ed25519 examples of the W3C did:key method's
// test vectors.
func TestDIDKey(t *testing.T) {
	for last, did := range []string{
		"did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
		"did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG",
		"did:key:z6MknGc3ocHs3zdPiJbnaaqDi58NGb4pk1Sp9WxWufuXSdxf",
	} {
		seed := make([]byte, 32)
		seed[31] = byte(last)
		public := must(keys.WriterKeyFromSeed(seed)).Public()
		if got := content.AccountID(public).String(); got != did {
			t.Errorf("got %s, want %s", got, did)
		}
	}
}

// bip39Seed is PBKDF2 as BIP-39 has it, apart from the package's own.
func bip39Seed(t *testing.T, phrase, passphrase string) []byte {
	t.Helper()
	return must(pbkdf2.Key(sha512.New, phrase, []byte("mnemonic"+passphrase), 2048, 64))
}

func derived(t *testing.T, seed []byte, info string) []byte {
	t.Helper()
	return must(hkdf.Key(sha256.New, seed, nil, info, 32))
}

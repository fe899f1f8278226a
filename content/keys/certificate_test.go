package keys_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
)

func TestCertificateRoundTrip(t *testing.T) {
	c := certify(t, 1, keys.NewWriterKey())
	b := must(keys.EncodeCertificate(c))
	back := must(keys.DecodeCertificate(b))
	if again := must(keys.EncodeCertificate(back)); !bytes.Equal(again, b) {
		t.Errorf("got %x\nwant %x", again, b)
	}
	if back.Created != noon.Unix() || back.Account != c.Account {
		t.Errorf("%+v", back)
	}
}

// Whatever is changed in a certificate, the signature no longer fits or a limit
// is broken.
func TestCertificateForgeries(t *testing.T) {
	other := must(must(keys.NewPhrase()).AccountKey()).ID()
	for name, change := range map[string]func(*content.Certificate){
		"account":        func(c *content.Certificate) { c.Account = other },
		"no account":     func(c *content.Certificate) { c.Account = content.AccountID{} },
		"epoch":          func(c *content.Certificate) { c.Epoch++ },
		"epoch 0":        func(c *content.Certificate) { c.Epoch = 0 },
		"writer":         func(c *content.Certificate) { c.Writer = keys.NewWriterKey().Public() },
		"short writer":   func(c *content.Certificate) { c.Writer = c.Writer[:31] },
		"created":        func(c *content.Certificate) { c.Created++ },
		"seal":           func(c *content.Certificate) { c.Seal[keys.SuiteX25519][5] ^= 1 },
		"another suite":  func(c *content.Certificate) { c.Seal["other"] = make([]byte, 32) },
		"sig":            func(c *content.Certificate) { c.Sig[0] ^= 1 },
		"no sig":         func(c *content.Certificate) { c.Sig = nil },
		"longer sig":     func(c *content.Certificate) { c.Sig = append(c.Sig, 0) },
		"sig's S plus L": func(c *content.Certificate) { c.Sig = malleate(c.Sig) },
	} {
		t.Run(name, func(t *testing.T) {
			c := certify(t, 1, keys.NewWriterKey())
			c.Seal = maps.Clone(c.Seal)
			change(&c)
			if err := keys.VerifyCertificate(c); content.KindOf(err) != content.Invalid {
				t.Errorf("got %v", err)
			}
		})
	}
}

// malleate adds the group's order to a signature's S, which gives a second
// signature that satisfies the equation (RFC 8032, section 8.4).
func malleate(sig []byte) []byte {
	order, _ := hex.DecodeString("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
	out, carry := slices.Clone(sig), 0
	for i, b := range order {
		carry += int(out[32+i]) + int(b)
		out[32+i] = byte(carry)
		carry >>= 8
	}
	return out
}

// The account key signs no certificate that others would refuse.
func TestCertifyRefuses(t *testing.T) {
	phrase := must(keys.ParsePhrase(zeroPhrase))
	account, seal := must(phrase.AccountKey()), must(phrase.SealingKey(1))
	writer := keys.NewWriterKey().Public()
	for name, call := range map[string]func() (content.Certificate, error){
		"epoch 0":       func() (content.Certificate, error) { return account.Certify(0, writer, seal, noon) },
		"short writer":  func() (content.Certificate, error) { return account.Certify(1, writer[:31], seal, noon) },
		"before 1970":   func() (content.Certificate, error) { return account.Certify(1, writer, seal, time.Unix(-1, 0)) },
		"the year 9999": func() (content.Certificate, error) { return account.Certify(1, writer, seal, noon.AddDate(7973, 0, 0)) },
	} {
		if c, err := call(); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// A certificate has one form in bytes: two would have two hashes, and people
// would disagree which of two certificates counts.
func TestCertificateHasOneForm(t *testing.T) {
	good := must(keys.EncodeCertificate(certify(t, 1, keys.NewWriterKey())))
	for name, change := range map[string]func(map[string]any){
		"unknown field":    func(m map[string]any) { m["more"] = 1 },
		"missing field":    func(m map[string]any) { delete(m, "seal") },
		"writer as array":  func(m map[string]any) { m["writer"] = numbers(m["writer"].([]byte)) },
		"sig as array":     func(m map[string]any) { m["sig"] = numbers(m["sig"].([]byte)) },
		"account as bytes": func(m map[string]any) { m["account"] = []byte(m["account"].(string)) },
	} {
		var fields map[string]any
		if err := dagcbor.Unmarshal(good, &fields); err != nil {
			t.Fatal(err)
		}
		change(fields)
		if _, err := keys.DecodeCertificate(must(dagcbor.Marshal(fields))); content.KindOf(err) != content.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := keys.DecodeCertificate(append(good, 0)); content.KindOf(err) != content.Invalid {
		t.Errorf("bytes behind: %v", err)
	}
	if _, err := keys.DecodeCertificate(make([]byte, keys.MaxCertificateSize+1)); content.KindOf(err) != content.TooLarge {
		t.Errorf("too large: %v", err)
	}
}

func numbers(b []byte) []int {
	var ns []int
	for _, c := range b {
		ns = append(ns, int(c))
	}
	return ns
}

func TestCompareCertificates(t *testing.T) {
	a, b, next := certify(t, 1, keys.NewWriterKey()), certify(t, 1, keys.NewWriterKey()), certify(t, 2, keys.NewWriterKey())
	x, y := must(keys.Hash(a)), must(keys.Hash(b))
	want := bytes.Compare(y[:], x[:]) // the lower hash counts
	for _, c := range []struct {
		name string
		a, b content.Certificate
		want int
	}{
		{"itself", a, a, 0},
		{"higher epoch", next, a, 1},
		{"lower epoch", b, next, -1},
		{"one epoch", a, b, want},
		{"one epoch, the other way", b, a, -want},
	} {
		if got := must(keys.CompareCertificates(c.a, c.b)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// FuzzDecodeCertificate: what is accepted is signed, and is the only form.
func FuzzDecodeCertificate(f *testing.F) {
	var v vectors
	if err := json.Unmarshal(must(os.ReadFile("testdata/vectors.json")), &v); err != nil {
		f.Fatal(err)
	}
	for _, c := range v.Certificates {
		f.Add(must(hex.DecodeString(c.Bytes)))
		f.Add(must(hex.DecodeString(c.Unsigned)))
	}
	f.Add([]byte{0xa0})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := keys.DecodeCertificate(b)
		if err != nil {
			return
		}
		if !keys.Verify(c.Account[:], keys.DomainCertificate, unsigned(t, c), c.Sig) {
			t.Errorf("accepted without a signature: %x", b)
		}
		if again := must(keys.EncodeCertificate(c)); !bytes.Equal(again, b) {
			t.Errorf("changed on the way:\n%x\n%x", b, again)
		}
	})
}

// FuzzParsePhrase: what is accepted is 24 words, and reads back as the same.
func FuzzParsePhrase(f *testing.F) {
	f.Add(zeroPhrase)
	f.Add("ZOO zoo\u3000zoo")
	f.Add("\xff\xfe")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := keys.ParsePhrase(s)
		if err != nil {
			return
		}
		words := p.Words()
		if len(words) != keys.PhraseWords {
			t.Fatalf("%d words", len(words))
		}
		slices.Reverse(words) // the caller's own
		if p.Equal(must(keys.NewPhrase())) || len(p.Words()) != keys.PhraseWords {
			t.Error("not itself")
		}
	})
}

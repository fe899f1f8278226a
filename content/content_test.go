package content_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"rossgram.app/content"
)

// The did:key and its hexadecimal key are the first Ed25519 example of the W3C
// did:key method's test vectors.
const exampleDID = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"

func TestAccountID(t *testing.T) {
	id, err := content.ParseAccountID(exampleDID)
	if err != nil {
		t.Fatal(err)
	}
	if id.String() != exampleDID {
		t.Errorf("got %s", id)
	}
	if f := id.Fingerprint(); len(f) != content.FingerprintLen || strings.ToLower(f) != f {
		t.Errorf("fingerprint %q", f)
	}
	for _, bad := range []string{
		"", "did:key:", "did:web:example.org", exampleDID + "x", exampleDID[:len(exampleDID)-1],
		"did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", // secp256k1
		"did:key:" + strings.Repeat("z", 1<<20),
	} {
		if _, err := content.ParseAccountID(bad); content.KindOf(err) != content.Invalid {
			t.Errorf("%.60q: %v", bad, err)
		}
	}
}

// The cases are those of the atproto interoperability tests (tid_syntax).
func TestTIDSyntax(t *testing.T) {
	for _, s := range []string{"3jzfcijpj2z2a", "7777777777777", "3zzzzzzzzzzzz", "2222222222222"} {
		id, err := content.ParseTID(s)
		if err != nil || id.String() != s {
			t.Errorf("%s: %v %v", s, id, err)
		}
	}
	for _, s := range []string{
		"3jzfcijpj2z21", "0000000000000", "3jzfcijpj2z2aa", "3jzfcijpj2z2", "222",
		"3jzf-cij-pj2z-2a", "zzzzzzzzzzzzz", "kjzfcijpj2z2a", "3JZFCIJPJ2Z2A",
	} {
		if id, err := content.ParseTID(s); err == nil {
			t.Errorf("%s accepted as %v", s, id)
		}
	}
}

func TestTIDSortsAsText(t *testing.T) {
	f := func(a, b uint64) bool {
		x, y := content.TID(a>>1), content.TID(b>>1)
		return (x < y) == (x.String() < y.String())
	}
	if err := quick.Check(f, nil); err != nil {
		t.Error(err)
	}
}

func TestTIDClockSurvivesClockSetBack(t *testing.T) {
	clock := content.NewTIDClock()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	last := clock.Next(now, 0)
	for i := range 1000 {
		next := clock.Next(now.Add(-time.Duration(i)*time.Hour), 0)
		if next <= last {
			t.Fatalf("%v after %v", next, last)
		}
		last = next
	}
	ahead := content.NewTID(now.Add(time.Hour), 3)
	if next := clock.Next(now, ahead); next <= ahead {
		t.Errorf("%v is not after %v", next, ahead)
	}
}

func TestURI(t *testing.T) {
	s := "rg://" + exampleDID + "/post/3jzfcijpj2z2a"
	u, err := content.ParseURI(s)
	if err != nil || u.String() != s || u.Path != "app.rossgram.post/3jzfcijpj2z2a" {
		t.Fatalf("%v %v", u, err)
	}
	foreign := "rg://" + exampleDID + "/com.example.thing/self"
	if u, err := content.ParseURI(foreign); err != nil || u.String() != foreign {
		t.Errorf("%v %v", u, err)
	}
	for _, bad := range []string{
		"", "rg://", s + "/x", s + "#x", "rg://" + exampleDID, "rg://" + exampleDID + "/post/", "rg://" + exampleDID + "/post/..",
		"http://example.org/", "rg://" + exampleDID + "/post/" + strings.Repeat("a", 1<<16),
	} {
		if u, err := content.ParseURI(bad); err == nil {
			t.Errorf("%.80q accepted as %.80v", bad, u)
		}
	}
}

func TestCheckBlock(t *testing.T) {
	b := content.NewBlock(content.Raw, []byte("photo"))
	if _, err := content.CheckBlock(b.CID, b.Data); err != nil {
		t.Error(err)
	}
	if _, err := content.CheckBlock(b.CID, []byte("other")); content.KindOf(err) != content.Corrupt {
		t.Errorf("wrong bytes: %v", err)
	}
	big := content.NewBlock(content.DagCBOR, make([]byte, content.MaxNodeSize+1))
	if _, err := content.CheckBlock(big.CID, big.Data); content.KindOf(err) != content.TooLarge {
		t.Errorf("large node: %v", err)
	}
}

func TestErrors(t *testing.T) {
	err := content.E("daemon.Post", content.Other,
		content.E("store.Put", content.Quota, fs.ErrPermission))
	if content.KindOf(err) != content.Quota {
		t.Errorf("kind %v", content.KindOf(err))
	}
	if !errors.Is(err, fs.ErrPermission) {
		t.Error("cause lost")
	}
	if got := err.Error(); got != "daemon.Post: store.Put: permission denied" {
		t.Errorf("trail %q", got)
	}
	if got := content.Message(err); got != "permission denied" {
		t.Errorf("message %q", got)
	}
}

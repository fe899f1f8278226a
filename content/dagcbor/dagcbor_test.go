package dagcbor_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/ipfs/go-cid"

	"rossgram.app/content/dagcbor"
)

const exampleLink = "d82a58250001711220" + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCheck(t *testing.T) {
	good := map[string]string{
		"zero":                "00",
		"largest integer":     "1bffffffffffffffff",
		"smallest integer":    "3b7fffffffffffffff",
		"text":                "6161",
		"null in array":       "81f6",
		"keys by length":      "a2" + "6162" + "00" + "626161" + "01",
		"link":                exampleLink,
		"deepest nesting":     strings.Repeat("81", 32) + "00",
		"empty map and array": "82a080",
	}
	for name, in := range good {
		t.Run(name, func(t *testing.T) {
			if err := dagcbor.Check(unhex(t, in)); err != nil {
				t.Error(err)
			}
		})
	}
	bad := map[string]string{
		"nothing":               "",
		"trailing byte":         "0000",
		"long form of 23":       "1817",
		"long form of 255":      "1900ff",
		"long length":           "780161",
		"indefinite array":      "9f00ff",
		"indefinite text":       "7f6161ff",
		"reserved info":         "1c",
		"float":                 "fb3ff0000000000000",
		"half float":            "f93c00",
		"undefined":             "f7",
		"simple value":          "f820",
		"tag 0":                 "c0" + "6161",
		"link of a CIDv0":       "d82a58230012" + "20" + strings.Repeat("00", 32),
		"link in long tag":      "d9002a" + exampleLink[4:],
		"integer key":           "a10000",
		"duplicate key":         "a2616100616101",
		"keys unsorted":         "a2616200616101",
		"keys by bytes only":    "a2" + "626161" + "01" + "6162" + "00",
		"bad UTF-8":             "61ff",
		"short text":            "6261",
		"array of 2^63":         "9b8000000000000000",
		"map of a billion":      "ba3b9aca00",
		"too deep":              strings.Repeat("81", 33) + "00",
		"integer under -2^63":   "3b8000000000000000",
		"negative in long form": "3800",
	}
	for name, in := range bad {
		t.Run(name, func(t *testing.T) {
			if dagcbor.Check(unhex(t, in)) == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestLinkRoundTrip(t *testing.T) {
	c := cid.MustParse("bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")
	type node struct {
		Left  *dagcbor.Link `cbor:"l"`
		Right *dagcbor.Link `cbor:"r"`
	}
	b, err := dagcbor.Marshal(node{Left: dagcbor.LinkTo(c)})
	if err != nil {
		t.Fatal(err)
	}
	if want := unhex(t, "a2616c"+exampleLink+"6172f6"); !bytes.Equal(b, want) {
		t.Fatalf("got %x, want %x", b, want)
	}
	var back node
	if err := dagcbor.UnmarshalStrict(b, &back); err != nil {
		t.Fatal(err)
	}
	if !back.Left.Equals(c) || back.Right != nil {
		t.Errorf("got %v", back)
	}
}

func TestMarshalRefuses(t *testing.T) {
	v0 := cid.MustParse("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG")
	for name, v := range map[string]any{
		"float":        1.5,
		"integer keys": map[int]int{1: 2},
		"CIDv0":        dagcbor.Link{Cid: v0},
		"no CID":       dagcbor.Link{},
	} {
		t.Run(name, func(t *testing.T) {
			if b, err := dagcbor.Marshal(v); err == nil {
				t.Errorf("got %x", b)
			}
		})
	}
}

func TestStrict(t *testing.T) {
	in := unhex(t, "a2616100616201")
	var v struct {
		A int `cbor:"a"`
	}
	if err := dagcbor.Unmarshal(in, &v); err != nil {
		t.Error(err)
	}
	if dagcbor.UnmarshalStrict(in, &v) == nil {
		t.Error("unknown key accepted")
	}
}

// FuzzCheck holds Check against a second opinion: what passes must decode, and
// encode again to the same bytes.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{"00", "a2616100616201", exampleLink, "81f6", "1817", "3b7fffffffffffffff", "6161"} {
		f.Add(unhex(f, s))
	}
	opts := cbor.CanonicalEncOptions()
	second, err := opts.EncMode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if dagcbor.Check(b) != nil {
			return
		}
		var v any
		if err := cbor.Unmarshal(b, &v); err != nil {
			t.Fatalf("passed but does not decode: %v", err)
		}
		again, err := second.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again, b) {
			t.Fatalf("two encodings of one value: %x and %x", b, again)
		}
	})
}

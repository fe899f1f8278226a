package mirror

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/multiformats/go-varint"

	"rossgram.app/content/dagcbor"
	"rossgram.app/p2p/internal/p2ptest"
)

// seed adds the golden messages, each without its length, to the corpus.
func seed(f *testing.F) {
	file, err := os.ReadFile("testdata/messages.json")
	if err != nil {
		f.Fatal(err)
	}
	var golden struct{ Messages []struct{ Bytes string } }
	if err := json.Unmarshal(file, &golden); err != nil {
		f.Fatal(err)
	}
	for _, m := range golden.Messages {
		b, err := hex.DecodeString(m.Bytes)
		if err != nil {
			f.Fatal(err)
		}
		_, n, err := varint.FromUvarint(b)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[n:])
	}
}

// FuzzRequest: a request that is taken keeps to the limits and survives encoding.
func FuzzRequest(f *testing.F) {
	seed(f)
	_, node := fixedNode(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRequest(b)
		if err != nil {
			return
		}
		if r.work() > 1+MaxSamples*unitsASample+MaxPosts/postsAUnit {
			t.Errorf("%d units of work", r.work())
		}
		if r.Wish != nil {
			if w, err := r.Wish.open(node, p2ptest.Noon); err == nil && (w.Cap < 0 || w.Cap > MaxCap) {
				t.Errorf("%+v", w)
			}
		}
		again, err := dagcbor.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeRequest(again); err != nil {
			t.Error(err)
		}
	})
}

// FuzzResponse: whatever answers a request is an error or keeps to the limits.
func FuzzResponse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeResponse(b)
		if err != nil || r.Wish == nil {
			return
		}
		if a, err := r.Wish.open(); err == nil && (a.Cap < 0 || len([]rune(a.Words)) > MaxWords) {
			t.Errorf("%+v", a)
		}
	})
}

// FuzzReceipt: a receipt that is taken is signed, and has one form.
func FuzzReceipt(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeReceipt(b)
		if err != nil {
			return
		}
		if again, err := r.Encode(); err != nil || string(again) != string(b) {
			t.Errorf("it has another form: %v", err)
		}
	})
}

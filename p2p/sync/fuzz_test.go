package sync

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/multiformats/go-varint"

	"rossgram.app/content/dagcbor"
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
		for len(b) > 0 {
			size, n, err := varint.FromUvarint(b)
			if err != nil || size > uint64(len(b)-n) {
				f.Fatal("a golden message is not whole")
			}
			f.Add(b[n : n+int(size)])
			b = b[n+int(size):]
		}
	}
}

// FuzzRequest: a request that is taken keeps to the limits and survives encoding.
func FuzzRequest(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRequest(b)
		if err != nil {
			return
		}
		if r.Heads != nil && len(r.Heads.Known) > MaxAccounts {
			t.Errorf("%d accounts", len(r.Heads.Known))
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
		if err != nil {
			return
		}
		if r.Error != nil && r.Error.err() == nil {
			t.Error("a failure is no error")
		}
		if r.Commits != nil {
			for _, data := range r.Commits.Blocks {
				if block, _, err := decodeCommit(data); err == nil && len(block.Data) != len(data) {
					t.Error("a commit lost bytes")
				}
			}
		}
	})
}

package discover

import (
	"bytes"
	"strconv"
	"testing"

	ds "github.com/ipfs/go-datastore"

	"rossgram.app/content"
)

// TestRecordsForOthersAreBounded: whoever serves the DHT refuses what is too much,
// by number and by size, and takes more when something has gone.
func TestRecordsForOthersAreBounded(t *testing.T) {
	fill := func(r *records, value []byte) (n int, err error) {
		for ; err == nil; n++ {
			err = r.Put(t.Context(), ds.NewKey(strconv.Itoa(n)), value)
		}
		return n - 1, err
	}
	for name, tc := range map[string]struct{ size, least, most int }{
		"small": {8, maxRecords, maxRecords},
		"large": {1 << 20, 15, 16},
	} {
		t.Run(name, func(t *testing.T) {
			r, value := newRecords(), bytes.Repeat([]byte{1}, tc.size)
			n, err := fill(r, value)
			if n < tc.least || n > tc.most || content.KindOf(err) != content.TooLarge {
				t.Fatalf("%d records: %v", n, err)
			}
			if err := r.Put(t.Context(), ds.NewKey("0"), value); err != nil {
				t.Errorf("one that is there can't be renewed: %v", err)
			}
			batch, err := r.Batch(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := batch.Delete(t.Context(), ds.NewKey("1")); err != nil {
				t.Fatal(err)
			}
			if err := batch.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := r.Put(t.Context(), ds.NewKey("1"), value); err != nil {
				t.Errorf("no room after one has gone: %v", err)
			}
			if err := r.Put(t.Context(), ds.NewKey("one more"), value); err == nil {
				t.Error("one too many")
			}
		})
	}
}

package index_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rossgram.app/content/record"
	"rossgram.app/daemon/index"
)

// TestRecordsInMemoryHaveALimit shows more posts, with the longest captions, than
// fit; the least used ones are read again.
func TestRecordsInMemoryHaveALimit(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	caption := strings.Repeat("🦩", record.MaxCaption)
	n := 2 * index.CacheBytes / len(caption)
	for i := range n {
		w.commit(anna, post(tidAt(time.Duration(i)*time.Second), fmt.Sprint(i)+caption[:len(caption)-4*len(fmt.Sprint(i))]))
	}
	records, bytes := w.ix.Cached()
	if bytes > index.CacheBytes || bytes < index.CacheBytes/2 || records > n/2 {
		t.Errorf("%d records of %d bytes are kept, of %d in %d", records, bytes, n, index.CacheBytes)
	}
	for _, e := range append(w.home(anna, index.Page{MaxID: idOf(w, anna, tidAt(5*time.Second))}), w.home(anna, index.Page{})...) {
		if !strings.HasSuffix(e.Post.Caption, "🦩") {
			t.Errorf("post %s: %.20q", e.ID, e.Post.Caption)
		}
	}
	if _, again := w.ix.Cached(); again > index.CacheBytes {
		t.Errorf("%d bytes after reading", again)
	}
}

package replica_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return noon }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t testing.TB, err error, k content.Kind) {
	t.Helper()
	if err == nil || content.KindOf(err) != k {
		t.Fatalf("got error %v, want kind %v", err, k)
	}
}

// node is a store and the repositories in it.
type node struct {
	*replica.Replica
	store *store.Store
}

func newNode(t testing.TB, watchers ...replica.Watcher) node {
	t.Helper()
	st, err := store.Open(t.Context(), t.TempDir(), store.Options{Reserve: 1})
	check(t, err)
	n := node{replica.New(st, clock, watchers...), st}
	t.Cleanup(func() {
		check(t, n.Close())
		check(t, st.Close())
	})
	return n
}

// author hosts a new account on n.
func (n node) author(t testing.TB) *replica.Hosted {
	t.Helper()
	phrase, err := keys.NewPhrase()
	check(t, err)
	ring, err := keys.CreateKeyring(filepath.Join(t.TempDir(), "accounts"), phrase, false, noon)
	check(t, err)
	h, err := n.Host(t.Context(), ring)
	check(t, err)
	return h
}

func postPath(n int) content.Path {
	return content.NewPath(content.CollectionPost, content.NewTID(noon.Add(time.Duration(n)*time.Second), 0).String())
}

// rendition is the file of the n-th photo.
func rendition(n int) content.Block {
	return content.NewBlock(content.Raw, fmt.Append(nil, "photo ", n))
}

func photoOf(n int) record.Photo {
	b := rendition(n)
	file := record.File{CID: dagcbor.Link{Cid: b.CID}, Size: int64(len(b.Data)), Type: record.JPEG, Width: 320, Height: 240}
	return record.Photo{Width: 320, Height: 240, Renditions: []record.File{file}}
}

func encode(t testing.TB, photos ...record.Photo) content.Block {
	t.Helper()
	b, err := record.Encode(&record.Post{Photos: photos, Created: record.TimeOf(noon)})
	check(t, err)
	return b
}

// post publishes the n-th post, of the n-th photo.
func (n node) post(t testing.TB, h *replica.Hosted, i int) *repo.Change {
	t.Helper()
	check(t, n.store.Put(t.Context(), rendition(i)))
	change, err := h.Apply(t.Context(), []repo.Op{repo.Put(postPath(i), encode(t, photoOf(i)), repo.Absent())})
	check(t, err)
	return change
}

// receive stores what a change of another node brings, and returns the change as
// a follower works it out who has seen it up to prev.
func (n node) receive(t testing.TB, prev content.Head, changes ...*repo.Change) *repo.Change {
	t.Helper()
	for _, c := range changes {
		check(t, n.store.Put(t.Context(), c.Blocks...))
	}
	change, err := repo.NewChange(t.Context(), n.store, prev, changes[len(changes)-1].Head)
	check(t, err)
	return change
}

func (n node) isPublished(t testing.TB, c cid.Cid) bool {
	t.Helper()
	ok, err := n.store.Published().Has(t.Context(), c)
	check(t, err)
	return ok
}

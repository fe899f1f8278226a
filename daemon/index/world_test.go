package index_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/index"
)

// began is when the test's accounts began to post.
var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// source is records by their CIDs.
type source struct {
	mu     sync.Mutex
	blocks map[cid.Cid][]byte
	fail   error         // of every Get
	hold   func(cid.Cid) // is called first, if there is one
}

func (s *source) Get(_ context.Context, c cid.Cid) ([]byte, error) {
	if s.hold != nil {
		s.hold(c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, ok := s.blocks[c]; ok || s.fail != nil {
		return b, s.fail
	}
	return nil, content.Errorf("source.Get", content.NotFound, "no block "+c.String())
}

func (s *source) add(b content.Block) cid.Cid {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocks[b.CID] = b.Data
	return b.CID
}

// account is a repository as the index hears of it.
type account struct {
	id      content.AccountID
	version content.Version
	records map[content.Path]cid.Cid
	collide content.TID // of a post that wants the id of somebody else's; zero if there is none
}

// world is some accounts and the node that indexes them.
type world struct {
	t       testing.TB
	st      *store.Store
	src     *source
	viewers []content.AccountID
	ix      *index.Index
	at      time.Time
}

func newWorld(t testing.TB, viewers ...*account) *world {
	t.Helper()
	st, err := store.Open(t.Context(), t.TempDir(), store.Options{Reserve: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, st: st, src: &source{blocks: make(map[cid.Cid][]byte)}, at: began}
	for _, v := range viewers {
		w.viewers = append(w.viewers, v.id)
	}
	w.open()
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	w.ix, err = index.Open(w.t.Context(), w.st.Index().Bucket("index/"), w.st.State().Bucket("index/"), w.src, w.viewers)
	if err != nil {
		w.t.Fatal(err)
	}
}

func newAccount(n int) *account {
	a := &account{records: make(map[content.Path]cid.Cid)}
	a.id = sha256.Sum256(fmt.Append(nil, "account ", n))
	return a
}

// change is one record set, or taken away if record is nil.
type change struct {
	path   content.Path
	record record.Record
}

// commit applies changes to an account as one commit, a second after the last.
func (w *world) commit(a *account, changes ...change) {
	w.t.Helper()
	from := a.version
	list := w.enter(a, changes...)
	if err := w.ix.Apply(w.t.Context(), a.id, from, a.version, list); err != nil {
		w.t.Fatal(err)
	}
}

// enter changes the account, but tells nobody.
func (w *world) enter(a *account, changes ...change) []repo.RecordChange {
	w.t.Helper()
	w.at = w.at.Add(time.Second)
	a.version = content.Version{Epoch: 1, Rev: content.NewTID(w.at, 1)}
	var list []repo.RecordChange
	for _, c := range changes {
		rc := repo.RecordChange{Path: c.path, Old: a.records[c.path]}
		if c.record == nil {
			delete(a.records, c.path)
		} else {
			rc.New = w.src.add(encode(w.t, c.record))
			a.records[c.path] = rc.New
		}
		list = append(list, rc)
	}
	return list
}

// all returns an account's records as a difference from nothing, in random order.
func (a *account) all() []repo.RecordChange {
	var list []repo.RecordChange
	for p, c := range a.records {
		list = append(list, repo.RecordChange{Path: p, New: c})
	}
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

func encode(t testing.TB, r record.Record) content.Block {
	t.Helper()
	b, err := record.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func postAt(tid content.TID) content.Path {
	return content.NewPath(content.CollectionPost, tid.String())
}

func post(tid content.TID, caption string) change {
	return change{postAt(tid), &record.Post{
		Caption: caption, Created: record.TimeOf(tid.Time()),
		Photos: []record.Photo{{Width: 3, Height: 2, Renditions: []record.File{{
			CID: dagcbor.Link{Cid: content.Sum(content.Raw, []byte(caption))}, Size: 9, Type: record.JPEG, Width: 3, Height: 2,
		}}}},
	}}
}

func unpost(tid content.TID) change { return change{path: postAt(tid)} }

func followAt(subject *account) content.Path {
	return content.NewPath(content.CollectionFollow, record.FollowKey(subject.id))
}

func follow(subject *account) change {
	return change{followAt(subject), &record.Follow{Subject: subject.id, Created: record.TimeOf(began)}}
}

func unfollow(subject *account) change { return change{path: followAt(subject)} }

var profilePath = content.NewPath(content.CollectionProfile, record.ProfileKey)

func profile(name string) change {
	return change{profilePath, &record.Profile{Name: name, Created: record.TimeOf(began)}}
}

// known returns what is known of an account, which must be something.
func (w *world) known(a *account) index.Account {
	w.t.Helper()
	got, err := w.ix.Account(w.t.Context(), a.id)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// version returns the version of an account that is indexed.
func (w *world) version(a *account) content.Version {
	w.t.Helper()
	v, err := w.ix.Version(w.t.Context(), a.id)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// refused expects an error of a kind that says something.
func refused(t testing.TB, err error, kind content.Kind, words string) {
	t.Helper()
	if err == nil || content.KindOf(err) != kind || !strings.Contains(content.Message(err), words) {
		t.Errorf("error: %v, want %s with %q", err, kind, words)
	}
}

// captions returns what a page shows.
func captions(entries []index.Entry) string {
	var s []string
	for _, e := range entries {
		s = append(s, e.Post.Caption)
	}
	return strings.Join(s, " ")
}

func (w *world) home(viewer *account, page index.Page) []index.Entry {
	w.t.Helper()
	entries, err := w.ix.Home(w.t.Context(), viewer.id, page)
	if err != nil {
		w.t.Fatal(err)
	}
	return entries
}

func (w *world) expectHome(viewer *account, page index.Page, want string) {
	w.t.Helper()
	if got := captions(w.home(viewer, page)); got != want {
		w.t.Errorf("home %+v shows %q, want %q", page, got, want)
	}
}

// dump returns every key and value of the index.
func (w *world) dump() string {
	w.t.Helper()
	var b strings.Builder
	err := w.st.Index().View(w.t.Context(), func(tx *store.Tx) error {
		return tx.Scan(store.Span{}, func(k, v []byte) bool {
			fmt.Fprintf(&b, "%q %s\n", k, hex.EncodeToString(v))
			return true
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return b.String()
}

func tidAt(d time.Duration) content.TID { return content.NewTID(began.Add(d), 0) }

package publish_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/mst"
	"rossgram.app/content/photo"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
	"rossgram.app/daemon/publish"
	"rossgram.app/daemon/replica"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

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

// world is a home with one account, and the node that runs on it.
type world struct {
	*publish.Publisher
	t     testing.TB
	home  string
	ring  *keys.Keyring
	repos *replica.Replica
	me    content.AccountID

	mu     sync.Mutex
	time   time.Time
	onTime func()                // called once when the time is asked for, if not nil
	onPost func(content.Version) // called when a step is durable, if not nil
}

func newWorld(t testing.TB) *world { return newWorldWith(t, store.Options{Reserve: 1}) }

func newWorldWith(t testing.TB, opts store.Options) *world {
	t.Helper()
	w := &world{t: t, home: t.TempDir(), ring: newRing(t), time: noon}
	w.open(opts)
	t.Cleanup(w.close)
	return w
}

func newRing(t testing.TB) *keys.Keyring {
	t.Helper()
	phrase, err := keys.NewPhrase()
	check(t, err)
	ring, err := keys.CreateKeyring(filepath.Join(t.TempDir(), "accounts"), phrase, false, noon)
	check(t, err)
	return ring
}

func (w *world) open(opts store.Options) {
	w.t.Helper()
	st, err := store.Open(w.t.Context(), filepath.Join(w.home, "db"), opts)
	check(w.t, err)
	w.repos = replica.New(st, w.now, w.watch)
	_, err = w.repos.Host(w.t.Context(), w.ring)
	check(w.t, err)
	w.me = w.ring.ID()
	w.Publisher, err = publish.Open(w.t.Context(), publish.Parts{
		Replica: w.repos, Store: st, Photos: photo.New(), Spool: filepath.Join(w.home, "spool"), Now: w.now,
	})
	check(w.t, err)
}

func (w *world) close() { check(w.t, errors.Join(w.repos.Close(), w.Store.Close())) }

func (w *world) reopen(opts store.Options) {
	w.t.Helper()
	w.close()
	w.open(opts)
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f := w.onTime; f != nil {
		w.onTime = nil
		f()
	}
	return w.time
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = w.time.Add(d)
}

func (w *world) watch(_ context.Context, u replica.Update) error {
	if w.onPost != nil {
		w.onPost(u.Head.Version())
	}
	return nil
}

// crashed returns a world on a copy of the home as it is now, which is what a
// process that is killed now leaves behind.
func (w *world) crashed() *world {
	w.t.Helper()
	c := &world{t: w.t, home: w.t.TempDir(), ring: w.ring, time: w.time}
	check(w.t, filepath.WalkDir(w.home, func(name string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(w.home, name)
		if err != nil || d.IsDir() {
			return errors.Join(err, os.MkdirAll(filepath.Join(c.home, rel), 0o700))
		}
		return copySparse(filepath.Join(c.home, rel), name)
	}))
	return c
}

// copySparse copies a file, but no zeros: the database's files are mostly holes.
func copySparse(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	piece, hole := make([]byte, 64<<10), make([]byte, 64<<10)
	for at := int64(0); ; at += int64(len(piece)) {
		n, err := in.ReadAt(piece, at)
		if !bytes.Equal(piece[:n], hole[:n]) {
			if _, err := out.WriteAt(piece[:n], at); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return out.Truncate(at + int64(n))
		}
		if err != nil {
			return err
		}
	}
}

// noise is a picture like no other, for a seed.
func noise(seed uint64, w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range m.Pix {
		m.Pix[i] = uint8(r.Uint32()) | uint8(i%4/3*255)
	}
	return m
}

func jpegOf(t testing.TB, seed uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	check(t, jpeg.Encode(&b, noise(seed, 64, 48), nil))
	return b.Bytes()
}

func (w *world) upload(seed uint64) publish.Media {
	w.t.Helper()
	m, err := w.Upload(w.t.Context(), w.me, bytes.NewReader(jpegOf(w.t, seed)), publish.UploadOptions{Alt: "noise"})
	check(w.t, err)
	return m
}

func draft(media ...publish.Media) publish.Draft {
	d := publish.Draft{Caption: "Sea and sky"}
	for _, m := range media {
		d.Media = append(d.Media, m.ID)
	}
	return d
}

// posts returns the account's posts, the oldest first.
func (w *world) posts() (list []content.URI) {
	w.t.Helper()
	v, err := w.repos.View(w.t.Context(), w.me)
	if content.KindOf(err) == content.NotFound {
		return nil
	}
	check(w.t, err)
	for e, err := range v.List(w.t.Context(), content.CollectionPost, mst.Forward, "") {
		check(w.t, err)
		list = append(list, content.URI{Account: w.me, Path: e.Path})
	}
	return list
}

func (w *world) post(uri content.URI) *record.Post {
	w.t.Helper()
	v, err := w.repos.View(w.t.Context(), uri.Account)
	check(w.t, err)
	b, err := v.Get(w.t.Context(), uri.Path)
	check(w.t, err)
	r, err := record.Decode(b.Data)
	check(w.t, err)
	return r.(*record.Post)
}

// files returns the CIDs of a photo's files.
func files(p record.Photo) (list []cid.Cid) {
	for _, f := range p.Renditions {
		list = append(list, f.CID.Cid)
	}
	if p.Source != nil {
		list = append(list, p.Source.CID.Cid)
	}
	return list
}

// shown says which blocks anybody may see.
func (w *world) shown(cs []cid.Cid) (n int) {
	w.t.Helper()
	for _, c := range cs {
		ok, err := w.Store.Published().Has(w.t.Context(), c)
		check(w.t, err)
		if ok {
			n++
		}
	}
	return n
}

package reception_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/reception"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/mailbox"
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

// eventually polls until done.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}

// The paces of tests: one at once, and one whose writer never comes to it.
var (
	quick = reception.Pace{Quiet: 2 * time.Millisecond, Most: 20 * time.Millisecond, Gap: 5 * time.Millisecond}
	never = reception.Pace{Quiet: time.Hour, Most: time.Hour, Gap: time.Hour}
)

// bits is what strangers have to work in tests.
const bits = 8

// world is a node with one account, and its home.
type world struct {
	*reception.Reception
	t     testing.TB
	home  string
	ring  *keys.Keyring
	store *store.Store
	repos *replica.Replica
	me    content.AccountID
	pace  reception.Pace

	mu      sync.Mutex
	time    time.Time
	posts   int
	commits int
	follows map[[2]content.AccountID]bool
	mirrors map[content.AccountID]bool
	heard   []mailbox.Notice
	deaf    error // what Heard answers
	onStep  func(replica.Update)
	away    bool // the reception does not watch
}

func newWorld(t testing.TB) *world { return newWorldAt(t, quick) }

func newWorldAt(t testing.TB, pace reception.Pace) *world {
	t.Helper()
	ring := newRing(t)
	w := &world{
		t: t, home: t.TempDir(), ring: ring, time: noon, pace: pace, me: ring.ID(),
		follows: make(map[[2]content.AccountID]bool), mirrors: make(map[content.AccountID]bool),
	}
	w.open()
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

func (w *world) open() {
	w.t.Helper()
	var err error
	w.store, err = store.Open(w.t.Context(), filepath.Join(w.home, "db"), store.Options{Reserve: 1})
	check(w.t, err)
	w.repos = replica.New(w.store, w.now, w.watch)
	_, err = w.repos.Host(w.t.Context(), w.ring)
	check(w.t, err)
	w.Reception, err = reception.Open(w.t.Context(), reception.Parts{
		Replica: w.repos, Store: w.store, Verify: repo.VerifyHead, Log: slog.New(slog.DiscardHandler), Now: w.now,
		Pace: w.pace, Bits: bits, Heard: w.hear,
		Follows: func(_ context.Context, a, b content.AccountID) (bool, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.follows[[2]content.AccountID{a, b}], nil
		},
		Mirrors: func(a content.AccountID) bool { return w.mirrors[a] },
	})
	check(w.t, err)
	w.Start()
}

func (w *world) close() {
	check(w.t, errors.Join(w.Reception.Close(), w.repos.Close(), w.store.Close()))
}

func (w *world) reopen(pace reception.Pace) {
	w.t.Helper()
	w.close()
	w.pace = pace
	w.open()
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = w.time.Add(d)
}

func (w *world) hear(_ context.Context, target content.AccountID, n mailbox.Notice, _ time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.deaf == nil {
		w.heard = append(w.heard, n)
	}
	return w.deaf
}

func (w *world) heardOf(u content.URI) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.heard {
		if h.Path() == u.Path && h.Actor() == u.Account {
			n++
		}
	}
	return n
}

func (w *world) watch(ctx context.Context, u replica.Update) error {
	w.mu.Lock()
	w.commits++
	f, away := w.onStep, w.away
	w.mu.Unlock()
	if f != nil {
		f(u)
	}
	if away {
		return nil
	}
	return w.Watch(ctx, u)
}

func (w *world) watches(yes bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.away = !yes
}

func (w *world) hosted() *replica.Hosted {
	h, _ := w.repos.Hosted(w.me)
	return h
}

// post makes a post on which some may comment.
func (w *world) post(who record.Commenters) record.Subject {
	w.t.Helper()
	w.posts++
	photo := content.NewBlock(content.Raw, fmt.Append(nil, "photo ", w.posts))
	check(w.t, w.store.Put(w.t.Context(), photo))
	file := record.File{CID: dagcbor.Link{Cid: photo.CID}, Size: int64(len(photo.Data)), Type: record.JPEG, Width: 320, Height: 240}
	b, err := record.Encode(&record.Post{
		Photos:   []record.Photo{{Width: 320, Height: 240, Renditions: []record.File{file}}},
		Comments: who, Created: record.TimeOf(noon),
	})
	check(w.t, err)
	p := content.NewPath(content.CollectionPost, content.NewTID(noon.Add(time.Duration(w.posts)*time.Second), 0).String())
	_, err = w.hosted().Apply(w.t.Context(), []repo.Op{repo.Put(p, b, repo.Absent())})
	check(w.t, err)
	return record.Subject{Account: w.me, Path: p}
}

func tidOf(s record.Subject) content.TID {
	tid, _ := content.ParseTID(s.Path.RecordKey())
	return tid
}

// responses returns what is published of a post, an empty list if nothing is.
func (w *world) responses(post record.Subject) *record.Responses {
	w.t.Helper()
	v, err := w.repos.View(w.t.Context(), w.me)
	check(w.t, err)
	b, err := v.Get(w.t.Context(), content.NewPath(content.CollectionResponses, post.Path.RecordKey()))
	if content.KindOf(err) == content.NotFound {
		return new(record.Responses)
	}
	check(w.t, err)
	r, err := record.Decode(b.Data)
	check(w.t, err)
	return r.(*record.Responses)
}

func (w *world) likes(post record.Subject) int64 {
	w.t.Helper()
	if t := w.responses(post).Likes; t != nil {
		return t.Count
	}
	return 0
}

// pages returns the blocks of the pages of a post.
func (w *world) pages(post record.Subject) (blocks [][]byte) {
	w.t.Helper()
	for _, c := range record.Pages(w.responses(post)) {
		b, err := w.store.Get(w.t.Context(), c)
		check(w.t, err)
		blocks = append(blocks, b)
	}
	return blocks
}

// texts returns the comments that whoever has the list can verify, in its order.
func (w *world) texts(post record.Subject) (texts []string) {
	w.t.Helper()
	for _, b := range w.pages(post) {
		p, err := record.DecodePage(b)
		check(w.t, err)
		good, bad := p.Verify(post.URI())
		if len(bad) > 0 {
			w.t.Fatalf("comments do not verify: %v", bad)
		}
		for _, c := range good {
			texts = append(texts, c.Comment.Text)
		}
	}
	return texts
}

func (w *world) wantTexts(post record.Subject, want ...string) {
	w.t.Helper()
	eventually(w.t, fmt.Sprint("the comments ", want, ", not ", w.texts(post)), func() bool { return fmt.Sprint(w.texts(post)) == fmt.Sprint(want) })
}

func (w *world) wantLikes(post record.Subject, want int64) {
	w.t.Helper()
	eventually(w.t, fmt.Sprint(want, " likes"), func() bool { return w.likes(post) == want })
}

// copyHome copies the home as it is now: what a process that is killed now
// leaves behind.
func (w *world) copyHome(to string) {
	err := filepath.WalkDir(w.home, func(name string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(w.home, name)
		if err != nil || d.IsDir() {
			return errors.Join(err, os.MkdirAll(filepath.Join(to, rel), 0o700))
		}
		return copySparse(filepath.Join(to, rel), name)
	})
	if err != nil {
		w.t.Error(err)
	}
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
	b, zeros := make([]byte, 1<<16), make([]byte, 1<<16)
	size := int64(0)
	for {
		n, err := in.Read(b)
		if n > 0 && !bytes.Equal(b[:n], zeros[:n]) {
			if _, err := out.WriteAt(b[:n], size); err != nil {
				return err
			}
		}
		size += int64(n)
		if errors.Is(err, io.EOF) {
			return out.Truncate(size)
		}
		if err != nil {
			return err
		}
	}
}

package reception_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/mailbox"
)

// TestFiveHundredComments come in batches: of the pages that are there, only the last
// changes, and there are far fewer commits than comments.
func TestFiveHundredComments(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector; it runs without")
	}
	w := newWorld(t)
	post := w.post("")
	var actors []*actor
	for range 10 {
		actors = append(actors, w.friend())
	}
	said, commits := 0, w.committed()
	for range 10 {
		before := w.pages(post)
		for range 50 {
			a := actors[said%len(actors)]
			a.brings(a.comment(post, fmt.Sprint("comment ", said)), mailbox.Accepted)
			said++
		}
		eventually(t, "a batch", func() bool { l := w.responses(post).Comments; return l != nil && l.Count == said })
		after := w.pages(post)
		for i := range len(before) - 1 {
			if !bytes.Equal(before[i], after[i]) {
				t.Fatalf("page %d of %d changed", i, len(before))
			}
		}
	}
	texts := w.texts(post)
	if len(texts) != said || texts[0] != "comment 0" || texts[said-1] != fmt.Sprint("comment ", said-1) {
		t.Errorf("%d comments: %v", len(texts), texts)
	}
	t.Logf("%d comments on %d pages, %d commits", said, len(w.pages(post)), w.committed()-commits)
	victim := record.Pages(w.responses(post))[2]
	b, err := w.store.Get(t.Context(), victim)
	check(t, err)
	p, err := record.DecodePage(b)
	check(t, err)
	l := p.Comments[3]
	c := content.URI{Account: p.Writers[l.By].Account, Path: content.NewPath(content.CollectionComment, l.TID.String())}
	before := w.pages(post)
	check(t, w.Remove(t.Context(), w.me, tidOf(post), c))
	eventually(t, "the comment to go", func() bool { return w.responses(post).Comments.Count == said-1 })
	changed := 0
	for i, page := range w.pages(post) {
		if !bytes.Equal(page, before[i]) {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d pages changed", changed)
	}
}

func (w *world) committed() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.commits
}

// TestManyPostsOneCommit has responses to several posts come at the same time.
func TestManyPostsOneCommit(t *testing.T) {
	w := newWorldAt(t, never)
	var posts []record.Subject
	for range 5 {
		posts = append(posts, w.post(""))
	}
	a := w.friend()
	for _, p := range posts {
		a.brings(a.like(p), mailbox.Accepted)
	}
	commits := w.committed()
	w.reopen(quick)
	for _, p := range posts {
		w.wantLikes(p, 1)
	}
	if n := w.committed() - commits; n != 1 {
		t.Errorf("%d commits", n)
	}
}

// TestStoppedBeforeListing loses nothing that was accepted, and doubles nothing.
func TestStoppedBeforeListing(t *testing.T) {
	w := newWorldAt(t, never)
	post, a := w.post(""), w.friend()
	kept, deleted, like := a.comment(post, "kept"), a.comment(post, "deleted"), a.like(post)
	for _, p := range []content.Path{kept, deleted, like} {
		a.brings(p, mailbox.Accepted)
	}
	a.remove(deleted)
	a.brings(deleted, mailbox.Accepted)
	w.reopen(never)
	if n := w.likes(post); n != 0 {
		t.Fatal("the writer has run")
	}
	w.reopen(quick)
	w.wantTexts(post, "kept")
	w.wantLikes(post, 1)
	a.brings(kept, mailbox.Accepted)
	b := w.friend()
	b.brings(b.comment(post, "more"), mailbox.Accepted)
	w.wantTexts(post, "kept", "more")
	commits := w.committed()
	w.reopen(quick)
	time.Sleep(100 * time.Millisecond)
	if n := w.committed(); n != commits {
		t.Errorf("%d commits for nothing", n-commits)
	}
}

// TestKilledAfterCommit is killed when the list is published, before it is noted that
// it is.
func TestKilledAfterCommit(t *testing.T) {
	w := newWorldAt(t, never)
	post, a, b := w.post(""), w.friend(), w.friend()
	for _, p := range []content.Path{a.comment(post, "one"), a.like(post)} {
		a.brings(p, mailbox.Accepted)
	}
	b.brings(b.comment(post, "two"), mailbox.Accepted)
	crashed := &world{t: t, home: t.TempDir(), ring: w.ring, time: noon, pace: quick, me: w.me, follows: w.follows}
	var once sync.Once
	done := make(chan struct{})
	w.close()
	w.onStep = func(replica.Update) { once.Do(func() { w.copyHome(crashed.home); close(done) }) }
	w.pace = quick
	w.open()
	<-done
	w.wantTexts(post, "one", "two")
	crashed.open()
	t.Cleanup(crashed.close)
	crashed.wantTexts(post, "one", "two")
	crashed.wantLikes(post, 1)
	head := crashed.hosted().Head().Version()
	time.Sleep(200 * time.Millisecond)
	if now := crashed.hosted().Head().Version(); now != head {
		t.Error("the list was published again")
	}
	if got := fmt.Sprint(crashed.texts(post)); got != "[one two]" {
		t.Error(got)
	}
}

// TestHeardLater tells again of what could not be noted.
func TestHeardLater(t *testing.T) {
	w := newWorldAt(t, never)
	post, a := w.post(""), w.friend()
	w.deaf = content.Errorf("test", content.Unavailable, "not now")
	p := a.like(post)
	a.brings(p, mailbox.Accepted)
	w.deaf = nil
	w.reopen(never)
	eventually(t, "to be told", func() bool { return w.heardOf(uri(a, p)) == 1 })
	w.reopen(never)
	time.Sleep(50 * time.Millisecond)
	if n := w.heardOf(uri(a, p)); n != 1 {
		t.Errorf("told %d times", n)
	}
}

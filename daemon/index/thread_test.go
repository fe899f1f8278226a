package index_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/index"
)

// conversationOf lists n comments by some people under the post at tidAt(0).
func (w *world) conversationOf(author person, n int, by ...person) change {
	w.t.Helper()
	uri := postOf(author.account, tidAt(0))
	thread := record.NewThread(uri)
	for i := range n {
		p := by[i%len(by)]
		c := p.comment(uri, tidAt(time.Hour+time.Duration(i)*time.Second), fmt.Sprint("comment ", i, " of what people write"))
		if err := thread.Put(p.accepted(w.t, c)); err != nil {
			w.t.Fatal(err)
		}
	}
	l, blocks, err := thread.List()
	if err != nil {
		w.t.Fatal(err)
	}
	var pages []cid.Cid
	for _, b := range blocks {
		pages = append(pages, w.src.add(b))
	}
	return responses(tidAt(0), l.Count, tallyOf(3, by[0].id), pages...)
}

func TestThreadAPageAtATime(t *testing.T) {
	list := people()
	anna, ben := list[0], list[1]
	w := newWorld(t, anna.account)
	w.at = began.Add(3 * time.Hour)
	w.commit(ben.account, post(tidAt(0), "ben"), w.conversationOf(ben, 200, list[2:]...))
	uri := postOf(ben.account, tidAt(0))
	for i := range 5 { // that Ben has not listed yet, between the others
		w.commit(anna.account, anna.comment(uri, tidAt(time.Hour+time.Duration(i*37)*time.Second), "mine"))
	}
	w.commit(list[2].account, profile("deletes all that is listed"))
	want := w.thread(anna.account, uri)
	if len(want) != 200-67+5 {
		t.Fatalf("%d comments", len(want))
	}
	for _, limit := range []int{1, 7, 100} {
		var got []string
		page := index.ThreadPage{Limit: limit}
		for {
			part, err := w.ix.Thread(t.Context(), anna.id, uri, page)
			if err != nil {
				t.Fatal(err)
			}
			if len(part) == 0 {
				break
			}
			for _, c := range part {
				got = append(got, describe(c.Author, c.TID, c.Comment.Text, c.Pending))
				page.Author, page.TID = c.Author, c.TID
			}
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("pages of %d have %d comments, want %d", limit, len(got), len(want))
		}
	}
}

// TestResponsesToWhatIsNotThere: they are entered, and shown once the post is.
func TestResponsesToWhatIsNotThere(t *testing.T) {
	list := people()
	anna, ben := list[0], list[1]
	w := newWorld(t, anna.account)
	w.commit(ben.account, w.conversationOf(ben, 3, anna))
	uri := postOf(ben.account, tidAt(0))
	_, err := w.ix.Thread(t.Context(), anna.id, uri, index.ThreadPage{})
	refused(t, err, content.NotFound, "no such post")
	w.commit(ben.account, post(tidAt(0), "ben"))
	if got := w.thread(anna.account, uri); len(got) != 3 {
		t.Errorf("%d comments", len(got))
	}
}

// TestHostilePages: not pages, large ones, and comments that are not their authors'.
func TestHostilePages(t *testing.T) {
	list := people()
	anna, ben, mallory := list[0], list[1], list[2]
	w := newWorld(t, anna.account)
	uri := postOf(ben.account, tidAt(0))
	good := anna.accepted(t, anna.comment(uri, tidAt(time.Hour), "good"))
	forged := good
	forged.Cert = mallory.cert
	later := good
	later.TID++
	var pages []cid.Cid
	for _, b := range []content.Block{
		pageOf(forged, later), pageOf(good), pageOf(good, forged),
		{CID: content.Sum(content.DagCBOR, []byte("no page")), Data: []byte("no page")},
		encode(t, &record.Profile{Name: "no page", Created: record.TimeOf(began)}),
		content.NewBlock(content.DagCBOR, bytes.Repeat([]byte{0xf6}, content.MaxBlockSize)),
	} {
		pages = append(pages, w.src.add(b))
	}
	w.commit(ben.account, post(tidAt(0), "ben"), responses(tidAt(0), 100, nil, pages...))
	got := w.thread(ben.account, uri)
	if want := []string{describe(anna.id, tidAt(time.Hour), "good", false)}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("shown: %q, want %q", got, want)
	}
	if w.ix.Skipped() == 0 {
		t.Error("nothing is counted as skipped")
	}
}

// TestCommentsKeepTheirIDs: whichever of their sources comes first, or goes.
func TestCommentsKeepTheirIDs(t *testing.T) {
	list := people()
	anna, ben := list[0], list[1]
	w := newWorld(t, anna.account)
	uri := postOf(ben.account, tidAt(0))
	mine := anna.comment(uri, tidAt(time.Hour), "comment 0 of what people write")
	w.commit(ben.account, post(tidAt(0), "ben"))
	w.commit(anna.account, mine)
	id := func() index.StatusID {
		t.Helper()
		id, err := w.ix.IDOf(t.Context(), uriOf(anna.account, mine.path))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first := id()
	if c, err := w.ix.Comment(t.Context(), first); err != nil || !c.Pending || c.Post() != uri {
		t.Errorf("%+v, %v", c, err)
	}
	w.commit(ben.account, w.conversationOf(ben, 1, anna))
	if c, err := w.ix.CommentByURI(t.Context(), uriOf(anna.account, mine.path)); err != nil || c.Pending || c.ID != first {
		t.Errorf("%+v, %v", c, err)
	}
	for _, order := range [][]*account{{anna.account, ben.account}, {ben.account, anna.account}, {ben.account}} {
		rebuildInOrder(w, order)
		if id() != first {
			t.Errorf("%s became %s", first, id())
		}
	}
	if _, err := w.ix.Post(t.Context(), first); content.KindOf(err) != content.NotFound {
		t.Errorf("as a post: %v", err)
	}
	w.commit(ben.account, change{path: responsesAt(tidAt(0))})
	_, err := w.ix.Comment(t.Context(), first)
	refused(t, err, content.NotFound, "no such comment")
}

// TestWhoLikedAPost: first whom the author names, then whom this node knows.
func TestWhoLikedAPost(t *testing.T) {
	list := people()
	anna, ben := list[0], list[1]
	w := newWorld(t, anna.account)
	uri := postOf(ben.account, tidAt(0))
	w.commit(ben.account, post(tidAt(0), "ben"), responses(tidAt(0), 0, tallyOf(9, list[3].id, anna.id)))
	for _, p := range []person{anna, ben, list[2]} {
		w.commit(p.account, like(uri, 0), reblog(uri, 0))
	}
	var got []content.AccountID
	for cursor, first := (content.AccountID{}), true; first || !cursor.IsZero(); first = false {
		var part []content.AccountID
		var err error
		if part, cursor, err = w.ix.LikedBy(t.Context(), uri, cursor, 1); err != nil || len(part) != 1 {
			t.Fatal(part, err)
		}
		got = append(got, part...)
	}
	if len(got) != 4 || got[0] != list[3].id || got[1] != anna.id {
		t.Errorf("liked by %v", got)
	}
	if by, _, err := w.ix.RebloggedBy(t.Context(), uri, content.AccountID{}, 10); err != nil || len(by) != 3 {
		t.Errorf("reblogged by %v, %v", by, err)
	}
}

// TestResponsesInterruptedAnywhere stops entering and forgetting them before every
// transaction; the start after it gives what a rebuild gives.
func TestResponsesInterruptedAnywhere(t *testing.T) {
	list := people()
	anna, ben := list[0], list[1]
	w := newWorld(t, anna.account)
	w.ix.SetClock(func() time.Time { return began })
	uri := postOf(anna.account, tidAt(0))
	w.enter(anna.account, post(tidAt(0), "anna"), follow(ben.account))
	w.enter(ben.account, post(tidAt(0), "ben"), like(uri, 0), reblog(uri, 0), ben.comment(uri, tidAt(1), "one"), w.conversationOf(ben, 120, list[1:]...))
	before := ben.copyOf()
	step := w.enter(ben.account, change{path: likeAt(uri)}, change{path: reblogAt(uri)}, change{path: commentAt(tidAt(1))},
		w.conversationOf(ben, 60, list[2:]...), ben.comment(uri, tidAt(2), "two"))
	for name, c := range map[string]struct {
		before, after []*account
		do            func(context.Context) error
	}{
		"a step": {[]*account{anna.account, before}, []*account{anna.account, ben.account}, func(ctx context.Context) error {
			return w.ix.Apply(ctx, ben.id, before.version, ben.version, step)
		}},
		"a new account": {[]*account{anna.account}, []*account{anna.account, ben.account}, func(ctx context.Context) error {
			return w.ix.Apply(ctx, ben.id, content.Version{}, ben.version, ben.all())
		}},
		"forgetting": {[]*account{anna.account, ben.account}, []*account{anna.account}, func(ctx context.Context) error {
			return w.ix.Forget(ctx, ben.id)
		}},
		"replacing": {[]*account{anna.account, before}, []*account{anna.account, ben.account}, func(ctx context.Context) error {
			return w.ix.Replace(ctx, ben.id, ben.version, ben.all())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.recover(anna.account, ben.account) // so that all notifications have their time
			rebuildInOrder(w, c.after)
			want := w.dump()
			for n := 0; ; n += 1 + n/8 {
				w.recover(c.before...)
				err := c.do(interruptAfter(t.Context(), n))
				w.recover(c.after...)
				if got := w.dump(); got != want {
					t.Fatalf("interrupted after %d transactions:\n%s\nwant\n%s", n, got, want)
				}
				if err == nil {
					return
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestReblogsInHome: of whom one follows, once the post is here, and not beside it.
func TestReblogsInHome(t *testing.T) {
	list := people()
	anna, ben, carl := list[0], list[1], list[2]
	w := newWorld(t, anna.account)
	uri := postOf(carl.account, tidAt(0))
	w.commit(anna.account, follow(ben.account))
	w.commit(ben.account, reblog(uri, time.Minute), post(tidAt(30*time.Second), "ben"), reblog(postOf(ben.account, tidAt(30*time.Second)), 2*time.Minute))
	w.expectHome(anna.account, index.Page{}, "ben")
	w.commit(carl.account, post(tidAt(0), "carl"))
	w.expectHome(anna.account, index.Page{}, "carl ben")
	e := w.home(anna.account, index.Page{})[0]
	if e.Reblog == nil || e.Reblog.By != ben.id || e.Author != carl.id || e.Reblog.Post != idOf(w, carl.account, tidAt(0)) {
		t.Errorf("%+v", e)
	}
	if again, err := w.ix.Reblog(t.Context(), e.ID); err != nil || again.URI != uri {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := w.ix.Post(t.Context(), e.ID); content.KindOf(err) != content.NotFound {
		t.Errorf("as a post: %v", err)
	}
	var between []change
	for i := range index.RepeatAfter {
		between = append(between, post(tidAt(-time.Duration(i+1)*time.Second), "x"))
	}
	w.commit(ben.account, between...)
	w.commit(anna.account, follow(carl.account)) // whose post is far enough down only if many are between
	w.expectHome(anna.account, index.Page{Limit: 2}, "ben carl")
	w.commit(ben.account, reblog(uri, 200*365*24*time.Hour)) // waits for its time
	w.expectHome(anna.account, index.Page{Limit: 2}, "ben carl")
	w.commit(anna.account, unfollow(ben.account))
	w.expectHome(anna.account, index.Page{}, "carl")
}

// lines keep a benchmark's thread.
func fiveHundred(b *testing.B) (*world, []person) {
	b.Helper()
	list := people()
	w := newWorld(b, list[0].account)
	w.at = began.Add(3 * time.Hour)
	w.commit(list[1].account, post(tidAt(0), "ben"), w.conversationOf(list[1], 500, list...))
	for _, p := range list[:3] {
		var all []repo.RecordChange
		for i := range 500 {
			if i%len(list) == 0 {
				c := p.comment(postOf(list[1].account, tidAt(0)), tidAt(time.Hour+time.Duration(i)*time.Second), "own")
				all = append(all, w.enter(p.account, c)...)
			}
		}
		if p.account != list[1].account {
			if err := w.ix.Apply(b.Context(), p.id, content.Version{}, p.version, all); err != nil {
				b.Fatal(err)
			}
		}
	}
	return w, list
}

// BenchmarkThread reads a long conversation: with its comments in memory, and just
// after a start.
func BenchmarkThread(b *testing.B) {
	w, list := fiveHundred(b)
	uri := postOf(list[1].account, tidAt(0))
	for name, reopen := range map[string]bool{"warm": false, "cold": true} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if reopen {
					b.StopTimer()
					w.open()
					b.StartTimer()
				}
				if got, err := w.ix.Thread(b.Context(), list[0].id, uri, index.ThreadPage{}); err != nil || len(got) < 300 {
					b.Fatal(len(got), err)
				}
			}
		})
	}
}

// BenchmarkResponses asks for what stands under the posts of a page of the home
// timeline.
func BenchmarkResponses(b *testing.B) {
	w, anna := thousand(b)
	var uris []content.URI
	for i, e := range w.home(anna, index.Page{}) {
		uris = append(uris, e.URI)
		for j := range 10 {
			w.commit(newAccount(1+i*10+j), like(e.URI, 0), reblog(e.URI, 0))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if got, err := w.ix.Responses(b.Context(), anna.id, uris...); err != nil || got[0].Likes != 10 {
			b.Fatal(got, err)
		}
	}
}

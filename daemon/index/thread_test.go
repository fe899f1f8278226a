package index_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
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

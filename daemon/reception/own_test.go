package reception_test

import (
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/reception"
	"rossgram.app/p2p/mailbox"
)

// commentHere has an account of this node comment on a post.
func (w *world) commentHere(ring *keys.Keyring, post record.Subject, text string) mailbox.Notice {
	w.t.Helper()
	h, ok := w.repos.Hosted(ring.ID())
	if !ok {
		var err error
		h, err = w.repos.Host(w.t.Context(), ring)
		check(w.t, err)
	}
	w.posts++
	tid := content.NewTID(noon.Add(time.Duration(w.posts)*time.Second), 0)
	c := record.Comment{Post: post, Text: text, Created: record.TimeOf(noon)}
	check(w.t, c.Sign(tid, ring.Certificate(), ring.Writer()))
	b, err := record.Encode(&c)
	check(w.t, err)
	p := content.NewPath(content.CollectionComment, tid.String())
	_, err = h.Apply(w.t.Context(), []repo.Op{repo.Put(p, b, repo.Absent())})
	check(w.t, err)
	v, err := w.repos.View(w.t.Context(), ring.ID())
	check(w.t, err)
	s, err := mailbox.StatementOf(w.t.Context(), v, p)
	check(w.t, err)
	return w.verified(mailbox.Draft{Target: post.Account, Statement: s})
}

// TestOwnWords are listed without anybody's bringing them, whoever may comment.
func TestOwnWords(t *testing.T) {
	w := newWorld(t)
	post := w.post(record.Nobody)
	n := w.commentHere(w.ring, post, "by myself")
	w.wantTexts(post, "by myself")
	if w.heardOf(content.URI{Account: w.me, Path: n.Path()}) != 0 {
		t.Error("the owner was told")
	}
	_, err := w.hosted().Apply(t.Context(), []repo.Op{repo.Delete(n.Path(), repo.Present())})
	check(t, err)
	w.wantTexts(post)
}

// TestOwnWordsCatchUp with what was said when the node could not watch.
func TestOwnWordsCatchUp(t *testing.T) {
	w := newWorld(t)
	kept, gone := w.post(""), w.post("")
	first := w.commentHere(w.ring, kept, "first")
	w.commentHere(w.ring, gone, "on another")
	w.wantTexts(kept, "first")
	w.wantTexts(gone, "on another")
	w.watches(false)
	w.commentHere(w.ring, kept, "second")
	_, err := w.hosted().Apply(t.Context(), []repo.Op{
		repo.Delete(first.Path(), repo.Present()), repo.Delete(gone.Path, repo.Present()),
	})
	check(t, err)
	w.watches(true)
	w.reopen(quick)
	w.wantTexts(kept, "second")
	w.wantTexts(gone)
}

func TestNeighbours(t *testing.T) {
	w := newWorld(t)
	ring := newRing(t)
	verdict, err := w.Local(t.Context(), w.commentHere(ring, w.post(record.Followers), "let me in"))
	if content.KindOf(err) != content.Other || verdict.State != mailbox.Refused {
		t.Fatal(verdict, err)
	}
	post := w.post("")
	for range reception.RateAnHour + 1 {
		verdict, err = w.Local(t.Context(), w.commentHere(ring, post, "hello"))
		check(t, err)
		if verdict.State != mailbox.Accepted {
			t.Fatal(verdict)
		}
	}
}

func TestPostDeleted(t *testing.T) {
	w := newWorld(t)
	post, a := w.post(""), w.friend()
	a.brings(a.comment(post, "hello"), mailbox.Accepted)
	a.brings(a.like(post), mailbox.Accepted)
	w.wantLikes(post, 1)
	w.wantTexts(post, "hello")
	_, err := w.hosted().Apply(t.Context(), []repo.Op{repo.Delete(post.Path, repo.Present())})
	check(t, err)
	eventually(t, "the list to go with its post", func() bool { r := w.responses(post); return r.Comments == nil && r.Likes == nil })
	a.brings(a.comment(post, "too late"), mailbox.Refused)
}

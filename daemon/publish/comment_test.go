package publish_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/index"
	"rossgram.app/daemon/publish"
)

// names is what a node knows beside its repositories.
type names map[string]content.AccountID

func (n names) Lookup(_ context.Context, name, fingerprint string) (index.Account, error) {
	for known, id := range n {
		if fingerprint == id.Fingerprint() || fingerprint == "" && strings.EqualFold(known, name) {
			return index.Account{ID: id}, nil
		}
	}
	return index.Account{}, content.Errorf("names.Lookup", content.NotFound, "nobody")
}

func (names) CommentByURI(context.Context, content.URI) (index.Comment, error) {
	return index.Comment{}, content.Errorf("names.CommentByURI", content.NotFound, "nobody lists it")
}

// another hosts a second account and returns it.
func (w *world) another() content.AccountID {
	w.t.Helper()
	ring := newRing(w.t)
	_, err := w.repos.Host(w.t.Context(), ring)
	check(w.t, err)
	return ring.ID()
}

func (w *world) posted(caption string) content.URI {
	w.t.Helper()
	d := draft(w.upload(uint64(len(w.posts()) + 1)))
	d.Caption = caption
	uri, err := w.Post(w.t.Context(), w.me, d, "")
	check(w.t, err)
	return uri
}

// said returns a comment as it stands in its author's repository.
func (w *world) said(uri content.URI) (*record.Comment, content.Block) {
	w.t.Helper()
	v, err := w.repos.View(w.t.Context(), uri.Account)
	check(w.t, err)
	b, err := v.Get(w.t.Context(), uri.Path)
	check(w.t, err)
	r, err := record.Decode(b.Data)
	check(w.t, err)
	return r.(*record.Comment), b
}

func (w *world) count(of content.AccountID, c content.Collection) (n int) {
	w.t.Helper()
	v, err := w.repos.View(w.t.Context(), of)
	check(w.t, err)
	for _, err := range v.List(w.t.Context(), c, mst.Forward, "") {
		check(w.t, err)
		n++
	}
	return n
}

// TestACommentIsSigned answers a post and then the answer.
func TestACommentIsSigned(t *testing.T) {
	w := newWorld(t)
	ben := w.another()
	w.Known = names{"Ben": ben, "me": w.me}
	post := w.posted("Sea")
	first, err := w.Comment(t.Context(), ben, post, publish.Words{Text: "Lovely #sea,\r\n@me! mail@ben"}, "")
	check(t, err)
	c, _ := w.said(first)
	if c.Post.URI() != post || c.Parent != nil || c.Text != "Lovely #sea,\n@me! mail@ben" || len(c.Tags) != 1 || c.Tags[0] != "sea" {
		t.Errorf("said %+v", c)
	}
	if len(c.Mentions) != 1 || c.Mentions[0] != w.me {
		t.Errorf("mentions %v", c.Mentions)
	}
	second, err := w.Comment(t.Context(), w.me, first, publish.Words{Text: "Thanks @x@" + ben.Fingerprint() + " and @nobody"}, "")
	check(t, err)
	c, _ = w.said(second)
	if c.Post.URI() != post || c.Parent == nil || c.Parent.URI() != first || len(c.Mentions) != 1 || c.Mentions[0] != ben {
		t.Errorf("answered %+v", c)
	}
	tid, err := content.ParseTID(second.Path.RecordKey())
	check(t, err)
	check(t, c.Verify(w.me, tid, w.ring.Certificate()))
}

func TestACommentIsEditedAndDeleted(t *testing.T) {
	w := newWorld(t)
	ben := w.another()
	uri, err := w.Comment(t.Context(), w.me, w.posted("Sea"), publish.Words{Text: "Frist"}, "")
	check(t, err)
	was, old := w.said(uri)
	wantKind(t, w.EditComment(t.Context(), ben, uri, publish.Words{Text: "Mine"}), content.Permission)
	check(t, w.EditComment(t.Context(), w.me, uri, publish.Words{Text: "First"}))
	c, now := w.said(uri)
	if c.Text != "First" || c.Before == nil || !c.Before.Cid.Equals(old.CID) || c.Created != was.Created {
		t.Errorf("edited %+v", c)
	}
	tid, err := content.ParseTID(uri.Path.RecordKey())
	check(t, err)
	check(t, c.Verify(w.me, tid, w.ring.Certificate()))
	check(t, w.EditComment(t.Context(), w.me, uri, publish.Words{Text: "First"}))
	if _, same := w.said(uri); !same.CID.Equals(now.CID) {
		t.Error("the same words made another version")
	}
	_, err = w.Delete(t.Context(), ben, uri)
	wantKind(t, err, content.Permission)
	gone, err := w.Delete(t.Context(), w.me, uri)
	check(t, err)
	if gone.(*record.Comment).Text != "First" || w.count(w.me, content.CollectionComment) != 0 {
		t.Errorf("deleted %+v", gone)
	}
	wantKind(t, w.EditComment(t.Context(), w.me, uri, publish.Words{Text: "Back"}), content.NotFound)
}

// TestARepeatedCommentIsOne sends a comment again, as apps do whose answer was
// lost, also after a restart and after it was deleted.
func TestARepeatedCommentIsOne(t *testing.T) {
	w := newWorld(t)
	post := w.posted("Sea")
	first, err := w.Comment(t.Context(), w.me, post, publish.Words{Text: "Once"}, "a key")
	check(t, err)
	w.reopen(store.Options{Reserve: 1})
	again, err := w.Comment(t.Context(), w.me, post, publish.Words{Text: "Once"}, "a key")
	if err != nil || again != first || w.count(w.me, content.CollectionComment) != 1 {
		t.Errorf("repeated: %v, %v", again, err)
	}
	again, err = w.Post(t.Context(), w.me, draft(w.upload(9)), "a key")
	if err != nil || again != first {
		t.Errorf("a post with the key of a comment: %v, %v", again, err)
	}
	_, err = w.Delete(t.Context(), w.me, first)
	check(t, err)
	_, err = w.Comment(t.Context(), w.me, post, publish.Words{Text: "Once"}, "a key")
	if err != nil || w.count(w.me, content.CollectionComment) != 0 {
		t.Errorf("the deleted comment is back: %v", err)
	}
}

func TestCommentsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	ben, post := w.another(), w.posted("Sea")
	off, followers, following := w.taking(record.Nobody), w.taking(record.Followers), w.taking(record.Following)
	absent := content.URI{Account: ben, Path: post.Path}
	for name, c := range map[string]struct {
		to   content.URI
		text string
		kind content.Kind
		says string
	}{
		"no words":         {post, " \n", content.Invalid, "needs a text"},
		"too many":         {post, strings.Repeat("x", record.MaxComment+1), content.TooLarge, "2,201 characters"},
		"not here":         {absent, "Hello", content.NotFound, "follow its author"},
		"off":              {off, "Hello", content.Permission, "comments are off"},
		"for followers":    {followers, "Hello", content.Permission, "follow the author first"},
		"for the followed": {following, "Hello", content.Permission, "whom its author follows"},
		"a profile":        {content.URI{Account: w.me, Path: "app.rossgram.profile/self"}, "Hello", content.Invalid, "neither"},
	} {
		_, err := w.Comment(t.Context(), ben, c.to, publish.Words{Text: c.text}, "")
		if content.KindOf(err) != c.kind || !strings.Contains(content.Message(err), c.says) {
			t.Errorf("%s: %v, want %v and %q", name, err, c.kind, c.says)
		}
	}
	check(t, w.Follow(t.Context(), ben, w.me))
	check(t, w.Follow(t.Context(), w.me, ben))
	for _, to := range []content.URI{followers, following} {
		_, err := w.Comment(t.Context(), ben, to, publish.Words{Text: "Hello"}, "")
		check(t, err)
	}
}

// TestLikesAndReblogs likes a post and a comment on it, of one's own and of others.
func TestLikesAndReblogs(t *testing.T) {
	w := newWorld(t)
	ben, post := w.another(), w.posted("Sea")
	comment, err := w.Comment(t.Context(), ben, post, publish.Words{Text: "Lovely"}, "")
	check(t, err)
	for _, c := range []struct {
		collection content.Collection
		do, undo   func(context.Context, content.AccountID, content.URI) error
	}{
		{content.CollectionLike, w.Like, w.Unlike},
		{content.CollectionReblog, w.Reblog, w.Unreblog},
	} {
		for _, who := range []content.AccountID{w.me, ben} {
			for range 2 { // twice is once
				check(t, c.do(t.Context(), who, post))
				check(t, c.do(t.Context(), who, comment))
				w.pass(time.Minute)
			}
			if n := w.count(who, c.collection); n != 2 {
				t.Errorf("%d records in %s, want 2", n, c.collection)
			}
			for range 2 {
				check(t, c.undo(t.Context(), who, post))
			}
			if n := w.count(who, c.collection); n != 1 {
				t.Errorf("%d records in %s are left, want 1", n, c.collection)
			}
		}
		wantKind(t, c.do(t.Context(), w.me, content.URI{Account: ben, Path: post.Path}), content.NotFound)
		wantKind(t, c.do(t.Context(), newRing(t).ID(), post), content.Permission)
	}
}

// taking makes a post that takes comments from some.
func (w *world) taking(who record.Commenters) content.URI {
	w.t.Helper()
	uri := w.posted("For " + string(who))
	h, _ := w.repos.Hosted(w.me)
	p := *w.post(uri)
	p.Comments = who
	block, err := record.Encode(&p)
	check(w.t, err)
	_, err = h.Apply(w.t.Context(), []repo.Op{repo.Put(uri.Path, block, repo.Present())})
	check(w.t, err)
	return uri
}

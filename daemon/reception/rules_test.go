package reception_test

import (
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/reception"
	"rossgram.app/p2p/mailbox"
)

func TestResponsesAreListed(t *testing.T) {
	w := newWorld(t)
	post, a, b := w.post(""), w.friend(), w.friend()
	hello := a.comment(post, "hello")
	a.brings(hello, mailbox.Accepted)
	w.wantTexts(post, "hello")
	a.brings(a.like(post), mailbox.Accepted)
	b.brings(b.like(post), mailbox.Accepted)
	b.brings(b.say(content.NewPath(content.CollectionReblog, record.ReblogKey(post)), &record.Reblog{Subject: post, Created: record.TimeOf(noon)}), mailbox.Accepted)
	w.wantLikes(post, 2)
	eventually(t, "the reblog", func() bool { return w.responses(post).Reblogs != nil })
	r := w.responses(post)
	if r.Reblogs.Count != 1 || r.Likes.Newest[0] != b.id() {
		t.Errorf("%+v", r)
	}
	l, _, err := w.Ledger(t.Context(), w.me, tidOf(post), content.CollectionLike)
	check(t, err)
	for i := range 2 {
		s, err := l.Sample(i)
		check(t, err)
		check(t, r.Likes.Verify(s))
	}
	a.brings(hello, mailbox.Accepted) // again
	if n := w.heardOf(uri(a, hello)); n != 1 {
		t.Errorf("heard %d times", n)
	}
}

// TestNotAbout brings what names the account and is not about it.
func TestNotAbout(t *testing.T) {
	w := newWorld(t)
	post, other := w.post(""), newWorld(t)
	theirs, a := other.post(""), w.friend()
	missing := record.Subject{Account: w.me, Path: content.NewPath(content.CollectionPost, content.NewTID(noon, 7).String())}
	like := func(s record.Subject) *record.Like { return &record.Like{Subject: s, Created: record.TimeOf(noon)} }
	for name, path := range map[string]content.Path{
		"a comment on another's post":   a.comment(theirs, "hello"),
		"a comment on no post":          a.comment(missing, "hello"),
		"a like of another's post":      a.like(theirs),
		"a like of no post":             a.like(missing),
		"a second like of a post":       a.say(content.NewPath(content.CollectionLike, "second"), like(post)),
		"a like that stands as another": a.say(content.NewPath(content.CollectionComment, content.NewTID(noon, 9).String()), like(post)),
		"a follow of another":           a.follow(other.me),
		"a profile":                     a.say("app.rossgram.profile/self", &record.Profile{Name: "A", Created: record.TimeOf(noon)}),
	} {
		if v, err := w.Deliver(t.Context(), "x", a.notice(path)); err == nil && v.State != mailbox.Refused {
			t.Errorf("%s is %s", name, v.State)
		}
	}
	mention := a.commentAs(record.Comment{Post: theirs, Text: "look", Mentions: []content.AccountID{w.me}})
	a.brings(mention, mailbox.Accepted)
	mine := w.friend()
	reply := mine.comment(post, "the first")
	mine.brings(reply, mailbox.Accepted)
	w.wantTexts(post, "the first")
	if n := w.heardOf(uri(a, mention)); n != 1 {
		t.Errorf("heard %d times of a mention", n)
	}
}

// TestForgedComment has another's words, and words under another record key.
func TestForgedComment(t *testing.T) {
	w := newWorld(t)
	post, a, b := w.post(""), w.friend(), w.friend()
	said := a.comment(post, "mine")
	block := content.NewBlock(content.DagCBOR, a.notice(said).Draft().Record)
	b.brings(b.sayBlock(said, block), mailbox.Refused)
	second := content.NewPath(content.CollectionComment, content.NewTID(noon, 3).String())
	a.brings(a.sayBlock(second, block), mailbox.Refused)
	a.brings(said, mailbox.Accepted)
	w.wantTexts(post, "mine")
}

// TestOldNews brings notices in another order than that of what they say.
func TestOldNews(t *testing.T) {
	w := newWorld(t)
	post, a := w.post(""), w.friend()
	path := a.like(post)
	liked := a.notice(path)
	w.wants(liked, mailbox.Accepted)
	w.wantLikes(post, 1)
	a.remove(path)
	unliked := a.notice(path)
	w.wants(unliked, mailbox.Accepted)
	w.wantLikes(post, 0)
	w.wants(liked, mailbox.Accepted) // a replay
	w.reopen(quick)
	w.wants(liked, mailbox.Accepted)
	a.like(post)
	again := a.notice(path)
	w.wants(again, mailbox.Accepted)
	w.wants(unliked, mailbox.Accepted)
	w.wantLikes(post, 1)

	b := w.friend() // of whom the deletion comes first
	path = b.comment(post, "regretted")
	said := b.notice(path)
	b.remove(path)
	b.brings(path, mailbox.Accepted)
	w.wants(said, mailbox.Accepted)
	c := w.friend()
	c.brings(c.comment(post, "last"), mailbox.Accepted)
	w.wantTexts(post, "last")
	w.wantLikes(post, 1)
}

func TestEditedAndDeletedComments(t *testing.T) {
	w := newWorld(t)
	post, a := w.post(""), w.friend()
	first, second := a.comment(post, "one"), a.comment(post, "two")
	before := a.notice(first)
	a.brings(first, mailbox.Accepted)
	a.brings(second, mailbox.Accepted)
	w.wantTexts(post, "one", "two")
	a.edit(first, record.Comment{Post: post, Text: "ONE"})
	a.brings(first, mailbox.Accepted)
	w.wantTexts(post, "ONE", "two")
	w.wants(before, mailbox.Accepted)
	a.remove(second)
	a.brings(second, mailbox.Accepted)
	w.wantTexts(post, "ONE")
	a.remove(first)
	a.brings(first, mailbox.Accepted)
	w.wantTexts(post)
	if r := w.responses(post); r.Comments != nil {
		t.Errorf("%+v", r)
	}
}

func TestRevokedWriter(t *testing.T) {
	w := newWorld(t)
	post, a := w.post(""), w.friend()
	cert, writer := a.cert, a.writer
	a.certify(2)
	a.brings(a.like(post), mailbox.Accepted)
	thief := &actor{w: w, cert: cert, writer: writer, blocks: a.blocks, tree: mst.Empty(nil)}
	thief.brings(thief.comment(post, "stolen"), mailbox.Refused)
	w.wantLikes(post, 1)
}

// TestToldAgainAfterAMove has a machine of a new epoch tell what one of the old signed.
func TestToldAgainAfterAMove(t *testing.T) {
	w := newWorld(t)
	post, a := w.post(""), w.friend()
	p := a.comment(post, "before")
	first := a.notice(p)
	w.wants(first, mailbox.Accepted)
	a.certify(2)
	a.commit()
	a.brings(p, mailbox.Accepted)
	w.wantTexts(post, "before")
	unheard := w.friend()
	p = unheard.comment(post, "never told")
	unheard.certify(2)
	unheard.commit()
	unheard.brings(p, mailbox.Refused) // its certificate does not go along
}

// TestReplyToWhatIsGone is still one to the post.
func TestReplyToWhatIsGone(t *testing.T) {
	w := newWorld(t)
	post, a := w.post(""), w.friend()
	mine := w.commentHere(w.ring, post, "mine")
	w.wantTexts(post, "mine")
	parent := &record.Subject{Account: w.me, Path: mine.Path()}
	_, err := w.hosted().Apply(t.Context(), []repo.Op{repo.Delete(mine.Path(), repo.Present())})
	check(t, err)
	a.brings(a.commentAs(record.Comment{Post: post, Parent: parent, Text: "yes"}), mailbox.Accepted)
	w.wantTexts(post, "yes")
	elsewhere := record.Subject{Account: a.id(), Path: post.Path}
	a.brings(a.commentAs(record.Comment{Post: elsewhere, Parent: parent, Text: "no"}), mailbox.Refused)
}

func TestRate(t *testing.T) {
	w := newWorldAt(t, never)
	post, a := w.post(""), w.friend()
	for range reception.RateAnHour {
		a.brings(a.comment(post, "again"), mailbox.Accepted)
	}
	p := a.comment(post, "too fast")
	n := a.notice(p)
	if v := w.wants(n, mailbox.Later); v.Wait <= 0 {
		t.Errorf("%+v", v)
	}
	b := w.friend()
	b.brings(b.comment(post, "not I"), mailbox.Accepted)
	w.pass(time.Hour)
	w.wants(n, mailbox.Accepted)
}

func TestFollowers(t *testing.T) {
	w := newWorldAt(t, never)
	var paths []content.Path
	var fans []*actor
	for range 5 {
		a := w.friend()
		fans, paths = append(fans, a), append(paths, a.follow(w.me))
		a.brings(paths[len(paths)-1], mailbox.Accepted)
	}
	seen := make(map[content.AccountID]bool)
	for page := (reception.FollowerPage{Limit: 2}); ; {
		list, next, err := w.Followers(t.Context(), w.me, page)
		check(t, err)
		for _, a := range list {
			seen[a] = true
		}
		if page.After = next; next.IsZero() {
			break
		}
	}
	n, err := w.FollowerCount(t.Context(), w.me)
	check(t, err)
	if len(seen) != 5 || n != 5 {
		t.Fatalf("%d listed, %d counted", len(seen), n)
	}
	fans[0].remove(paths[0])
	fans[0].brings(paths[0], mailbox.Accepted)
	ok, err := w.FollowedBy(t.Context(), w.me, fans[0].id())
	check(t, err)
	if n, _ := w.FollowerCount(t.Context(), w.me); ok || n != 4 {
		t.Errorf("%v, %d", ok, n)
	}
}

func TestUnknownAccount(t *testing.T) {
	w, other := newWorldAt(t, never), newWorldAt(t, never)
	a := other.friend()
	w.wants(a.notice(a.like(other.post(""))), mailbox.Unknown)
}

package reception_test

import (
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/keys"
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

func TestWhoMayComment(t *testing.T) {
	w := newWorld(t)
	everybody, followers, following, nobody := w.post(""), w.post(record.Followers), w.post(record.Following), w.post(record.Nobody)
	friend, fan := w.friend(), w.actor()
	fan.follow(w.me)
	w.wants(w.worked(fan, fan.notice(content.NewPath(content.CollectionFollow, record.FollowKey(w.me)))), mailbox.Accepted)
	for _, c := range []struct {
		who  *actor
		post record.Subject
		want mailbox.State
	}{
		{friend, everybody, mailbox.Accepted}, {fan, everybody, mailbox.Accepted},
		{friend, followers, mailbox.Refused}, {fan, followers, mailbox.Accepted},
		{friend, following, mailbox.Accepted}, {fan, following, mailbox.Refused},
		{friend, nobody, mailbox.Refused}, {fan, nobody, mailbox.Refused},
	} {
		c.who.brings(c.who.comment(c.post, "hello"), c.want)
	}
	check(t, w.SetPolicy(t.Context(), w.me, reception.Policy{Comments: record.Nobody}))
	friend.brings(friend.comment(everybody, "late"), mailbox.Refused)
	fan.brings(fan.comment(followers, "allowed here"), mailbox.Accepted)
	fan.brings(fan.like(nobody), mailbox.Accepted)
	wantKind(t, w.SetPolicy(t.Context(), w.me, reception.Policy{Comments: "few"}), content.Invalid)
	wantKind(t, w.SetPolicy(t.Context(), friend.id(), reception.Policy{}), content.Permission)
}

// TestPolicyTightened leaves what is listed, and takes a comment off whose new version
// is not taken: its author does not stand by the old one any more.
func TestPolicyTightened(t *testing.T) {
	w := newWorld(t)
	post, a := w.post(""), w.friend()
	p := a.comment(post, "one")
	a.brings(p, mailbox.Accepted)
	w.wantTexts(post, "one")
	check(t, w.SetPolicy(t.Context(), w.me, reception.Policy{Comments: record.Nobody}))
	a.brings(p, mailbox.Accepted)
	a.edit(p, record.Comment{Post: post, Text: "two"})
	a.brings(p, mailbox.Refused)
	w.wantTexts(post)
}

func TestReview(t *testing.T) {
	w := newWorld(t)
	post, a, b := w.post(""), w.friend(), w.friend()
	check(t, w.SetPolicy(t.Context(), w.me, reception.Policy{Words: []string{"Spam "}}))
	bad, worse, fine := a.comment(post, "buy SPAM"), a.comment(post, "ｓｐａｍ"), b.comment(post, "nice")
	for _, p := range []content.Path{bad, worse} {
		a.brings(p, mailbox.Accepted)
	}
	b.brings(fine, mailbox.Accepted)
	w.wantTexts(post, "nice")
	held, err := w.Held(t.Context(), w.me)
	check(t, err)
	if len(held) != 2 || held[0].Stranger || held[0].Notice.Path() != bad || w.heardOf(uri(a, bad)) != 0 {
		t.Fatalf("%+v", held)
	}
	check(t, w.Approve(t.Context(), w.me, uri(a, bad)))
	check(t, w.Reject(t.Context(), w.me, uri(a, worse)))
	w.wantTexts(post, "nice", "buy SPAM")
	if held, _ := w.Held(t.Context(), w.me); len(held) != 0 || w.heardOf(uri(a, bad)) != 1 {
		t.Errorf("%+v", held)
	}
	a.brings(worse, mailbox.Refused)
	a.edit(worse, record.Comment{Post: post, Text: "clean"})
	a.brings(worse, mailbox.Refused)
	wantKind(t, w.Approve(t.Context(), w.me, uri(a, worse)), content.NotFound)
	wantKind(t, w.Reject(t.Context(), w.me, uri(a, bad)), content.NotFound)
}

func TestRemoveIsForGood(t *testing.T) {
	w := newWorld(t)
	post, a := w.post(""), w.friend()
	p, other := a.comment(post, "rude"), a.comment(post, "kind")
	a.brings(p, mailbox.Accepted)
	a.brings(other, mailbox.Accepted)
	w.wantTexts(post, "rude", "kind")
	check(t, w.Remove(t.Context(), w.me, tidOf(post), uri(a, p)))
	w.wantTexts(post, "kind")
	a.edit(p, record.Comment{Post: post, Text: "rude again"})
	a.brings(p, mailbox.Refused)
	a.remove(p)
	a.brings(p, mailbox.Accepted)
	a.edit(p, record.Comment{Post: post, Text: "and again"})
	a.brings(p, mailbox.Refused)
	w.wantTexts(post, "kind")
	wantKind(t, w.Remove(t.Context(), w.me, tidOf(post), uri(a, p)), content.NotFound)
}

func TestBlock(t *testing.T) {
	w := newWorld(t)
	post, a, b := w.post(""), w.friend(), w.friend()
	comment, like := a.comment(post, "mine"), a.like(post)
	for _, p := range []content.Path{comment, like, a.follow(w.me)} {
		a.brings(p, mailbox.Accepted)
	}
	b.brings(b.comment(post, "stays"), mailbox.Accepted)
	b.brings(b.like(post), mailbox.Accepted)
	w.wantTexts(post, "mine", "stays")
	w.wantLikes(post, 2)
	check(t, w.Block(t.Context(), w.me, a.id()))
	w.wantTexts(post, "stays")
	w.wantLikes(post, 1)
	if n, _ := w.FollowerCount(t.Context(), w.me); n != 0 {
		t.Errorf("%d followers", n)
	}
	w.reopen(quick)
	a.brings(comment, mailbox.Refused)
	a.brings(a.comment(post, "more"), mailbox.Refused)
	if list, err := w.Blocked(t.Context(), w.me); err != nil || len(list) != 1 || list[0] != a.id() {
		t.Errorf("%v, %v", list, err)
	}
	check(t, w.Unblock(t.Context(), w.me, a.id()))
	a.brings(comment, mailbox.Accepted)
	w.wantTexts(post, "stays", "mine")
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

package reception_test

import (
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/reception"
	"rossgram.app/p2p/mailbox"
)

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

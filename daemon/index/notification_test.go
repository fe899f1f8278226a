package index_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/index"
)

// notified returns a node of the first of some people, whose clock is the world's.
func notified(t testing.TB) (*world, []person) {
	t.Helper()
	list := people()
	w := newWorld(t, list[0].account)
	w.ix.SetClock(func() time.Time { return w.at })
	w.commit(list[0].account, post(tidAt(0), "anna"))
	return w, list
}

func (w *world) notifications(of *account, page index.Page, types ...index.NotificationType) []index.Notification {
	w.t.Helper()
	list, err := w.ix.Notifications(w.t.Context(), of.id, types, page)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// expectNotified wants the types, the newest first.
func (w *world) expectNotified(of *account, want string) []index.Notification {
	w.t.Helper()
	list := w.notifications(of, index.Page{})
	var got []string
	for _, n := range list {
		got = append(got, string(n.Type))
	}
	if s := strings.Join(got, " "); s != want {
		w.t.Errorf("notified of %q, want %q", s, want)
	}
	return list
}

func TestNotificationsOfEachType(t *testing.T) {
	w, list := notified(t)
	anna, ben := list[0], list[1]
	on := postOf(anna.account, tidAt(0))
	tagged := post(tidAt(time.Minute), "ben")
	tagged.record.(*record.Post).Photos[0].People = []record.Person{{Account: anna.id, X: 1, Y: 2}}
	mentions := post(tidAt(2*time.Minute), "ben")
	mentions.record.(*record.Post).Mentions = []content.AccountID{anna.id, ben.id}
	answer := ben.comment(postOf(list[2].account, tidAt(0)), tidAt(4*time.Minute), "mentioned", anna.id)
	for _, c := range []change{
		follow(anna.account), like(on, 0), ben.comment(on, tidAt(3*time.Minute), "nice", anna.id), reblog(on, 0),
		mentions, tagged, answer,
	} {
		w.commit(ben.account, c)
	}
	w.commit(ben.account, like(postOf(ben.account, tidAt(1)), 0), profile("Ben")) // nothing to anna
	all := w.expectNotified(anna.account, "mention tag mention reblog comment like follow")
	for i, want := range []content.URI{
		uriOf(ben.account, answer.path), uriOf(ben.account, tagged.path), uriOf(ben.account, mentions.path),
		on, uriOf(ben.account, commentAt(tidAt(3*time.Minute))), on, {},
	} {
		if n := all[i]; n.Status != want || n.Account != ben.id || n.Record.Account != ben.id {
			t.Errorf("%s: %+v, want %s", n.Type, n, want)
		}
	}
	if got := w.notifications(anna.account, index.Page{}, index.NotifyLike, index.NotifyTag); len(got) != 2 {
		t.Errorf("%d of two types", len(got))
	}
	if got := w.notifications(anna.account, index.Page{MaxID: all[1].ID, Limit: 2}); len(got) != 2 || got[0] != all[2] {
		t.Errorf("a page: %+v", got)
	}
	if got := w.notifications(anna.account, index.Page{MinID: all[5].ID, Limit: 2}); len(got) != 2 || got[1] != all[4] {
		t.Errorf("a page upwards: %+v", got)
	}
	if n, err := w.ix.Notification(t.Context(), anna.id, all[3].ID); err != nil || n != all[3] {
		t.Errorf("%+v, %v", n, err)
	}
}

// TestNotificationsStayWhereTheyWere: when the index is built anew, much later, and
// what was dismissed stays away.
func TestNotificationsStayWhereTheyWere(t *testing.T) {
	w, list := notified(t)
	anna, ben, carl := list[0], list[1], list[2]
	on := postOf(anna.account, tidAt(0))
	w.commit(ben.account, like(on, 0))
	w.commit(carl.account, like(on, 0))
	w.commit(ben.account, follow(anna.account))
	all := w.expectNotified(anna.account, "follow like like")
	if err := w.ix.Dismiss(t.Context(), anna.id, all[1].ID); err != nil {
		t.Fatal(err)
	}
	before := w.dump()
	w.at = w.at.Add(time.Hour)
	for range 2 {
		rebuildInOrder(w, []*account{carl.account, ben.account, anna.account})
		if got := w.notifications(anna.account, index.Page{}); !slices.Equal(got, []index.Notification{all[0], all[2]}) || w.dump() != before {
			t.Errorf("built anew: %+v, want the first and last of %+v", got, all)
		}
		w.open() // and reads what is kept again
		w.ix.SetClock(func() time.Time { return w.at })
	}
}

// TestWhoLikesAgainNotifiesOnce: nor does an edit, nor forgetting the account.
func TestWhoLikesAgainNotifiesOnce(t *testing.T) {
	w, list := notified(t)
	anna, ben := list[0], list[1]
	on := postOf(anna.account, tidAt(0))
	w.commit(ben.account, like(on, 0))
	first := w.expectNotified(anna.account, "like")
	w.commit(ben.account, change{path: likeAt(on)})
	w.expectNotified(anna.account, "")
	w.commit(ben.account, like(on, time.Minute))
	if again := w.expectNotified(anna.account, "like"); again[0] != first[0] {
		t.Errorf("%+v became %+v", first, again)
	}
	if err := w.ix.Forget(t.Context(), ben.id); err != nil {
		t.Fatal(err)
	}
	w.expectNotified(anna.account, "")
	if err := w.ix.Replace(t.Context(), ben.id, ben.version, ben.all()); err != nil {
		t.Fatal(err)
	}
	if again := w.expectNotified(anna.account, "like"); again[0] != first[0] {
		t.Errorf("%+v became %+v", first, again)
	}
}

// TestWhatIsHeardIsNotifiedOnce: before its repository is here, with it, and after it.
func TestWhatIsHeardIsNotifiedOnce(t *testing.T) {
	w, list := notified(t)
	anna, ben := list[0], list[1]
	c := like(postOf(anna.account, tidAt(0)), 0)
	h := index.Heard{Actor: ben.id, Path: c.path, Record: encode(t, c.record).Data, At: began.Add(time.Hour)}
	hear := func() {
		t.Helper()
		if err := w.ix.Heard(t.Context(), h); err != nil {
			t.Fatal(err)
		}
	}
	hear()
	first := w.expectNotified(anna.account, "like")
	if !first[0].At.Equal(h.At) {
		t.Errorf("at %s", first[0].At)
	}
	rebuildInOrder(w, []*account{anna.account}) // his repository is not here
	w.commit(ben.account, c)
	h.At = h.At.Add(time.Hour)
	hear()
	again := w.expectNotified(anna.account, "like")
	if err := w.ix.Forget(t.Context(), ben.id); err != nil {
		t.Fatal(err)
	}
	forgotten := w.expectNotified(anna.account, "like")
	if again[0] != first[0] || forgotten[0] != first[0] {
		t.Errorf("%+v, %+v, %+v", first, again, forgotten)
	}
	before := w.dump()
	rebuildInOrder(w, []*account{anna.account})
	if w.dump() != before {
		t.Error("a rebuild gives other bytes")
	}
	h.Record = nil
	hear()
	w.expectNotified(anna.account, "")
	h.Record = []byte("no record")
	refused(t, w.ix.Heard(t.Context(), h), content.Invalid, "")
}

func TestUnreadAndClear(t *testing.T) {
	w, list := notified(t)
	anna, ben := list[0], list[1]
	on := postOf(anna.account, tidAt(0))
	for _, c := range []change{follow(anna.account), like(on, 0), reblog(on, 0)} {
		w.commit(ben.account, c)
	}
	all := w.expectNotified(anna.account, "reblog like follow")
	unread := func(want int) {
		t.Helper()
		if n, _, err := w.ix.Unread(t.Context(), anna.id); n != want || err != nil {
			t.Errorf("%d unread, want %d: %v", n, want, err)
		}
	}
	unread(3)
	for _, i := range []int{1, 2} { // the mark does not go back
		if err := w.ix.MarkRead(t.Context(), anna.id, all[i].ID); err != nil {
			t.Fatal(err)
		}
		unread(1)
	}
	if err := w.ix.Clear(t.Context(), anna.id); err != nil {
		t.Fatal(err)
	}
	unread(0)
	rebuildInOrder(w, []*account{ben.account, anna.account})
	w.expectNotified(anna.account, "")
	w.commit(list[2].account, like(on, 0))
	w.expectNotified(anna.account, "like")
	unread(1)
}

// TestTheOldestNotificationsAreLetGo: and do not come back as new ones.
func TestTheOldestNotificationsAreLetGo(t *testing.T) {
	w, list := notified(t)
	anna := list[0]
	w.ix.SetMost(5)
	var held []*account
	for i := range 23 {
		a := newAccount(i)
		w.commit(a, change{likeAt(postOf(anna.account, tidAt(0))), &record.Like{
			Subject: record.SubjectOf(postOf(anna.account, tidAt(0))), Created: record.TimeOf(w.at),
		}})
		held = append(held, a)
	}
	all := w.notifications(anna.account, index.Page{})
	if len(all) < 5 || len(all) > 10 || all[0].Account != held[22].id {
		t.Fatalf("%d are kept", len(all))
	}
	w.at = w.at.Add(time.Hour)
	rebuildInOrder(w, append(held, anna.account))
	if got := w.notifications(anna.account, index.Page{}); !slices.Equal(got, all) {
		t.Errorf("built anew, %d are there: %+v", len(got), got)
	}
}

// TestAnAccountThatComesHasItsNotifications: from what was indexed before.
func TestAnAccountThatComesHasItsNotifications(t *testing.T) {
	w, list := notified(t)
	anna, ben := list[0], list[1]
	on := postOf(anna.account, tidAt(0))
	mentions := post(tidAt(time.Minute), "ben")
	mentions.record.(*record.Post).Mentions = []content.AccountID{anna.id}
	viewers := w.viewers
	w.viewers = nil
	w.open()
	w.expectNotified(anna.account, "")
	w.commit(ben.account, follow(anna.account), like(on, 0), reblog(on, 0), ben.comment(on, tidAt(time.Hour), "nice"), mentions)
	w.viewers = viewers
	w.open()
	if got := w.notifications(anna.account, index.Page{}); len(got) != 5 {
		t.Errorf("%d notifications: %+v", len(got), got)
	}
	before := w.dump()
	rebuildInOrder(w, []*account{ben.account, anna.account})
	if w.dump() != before {
		t.Error("a rebuild gives other bytes")
	}
	w.viewers = nil
	w.open()
	gone := w.dump()
	rebuildInOrder(w, []*account{ben.account, anna.account})
	if w.dump() != gone {
		t.Error("something stays of an account that left")
	}
}

// TestManyNoticesInOneStep fills transactions as full as they get.
func TestManyNoticesInOneStep(t *testing.T) {
	list := people()
	for _, viewers := range [][]*account{{list[0].account}, {list[0].account, list[1].account, list[2].account}} {
		w := newWorld(t, viewers...)
		by := *list[3].account
		by.records = make(map[content.Path]cid.Cid)
		var posts []change
		for i := range 2 * w.ix.Step() {
			c := post(tidAt(time.Duration(i)*time.Second), fmt.Sprint(i))
			c.record.(*record.Post).Mentions = w.viewers
			posts = append(posts, c)
		}
		w.commit(&by, posts...)
		for i := range viewers { // who follow, and have reblogs in their homes
			w.commit(viewers[i], follow(&by))
		}
		for _, again := range []time.Duration{0, time.Second} {
			var reblogs []change
			for i := range 2 * w.ix.Step() {
				reblogs = append(reblogs, reblog(postOf(list[0].account, tidAt(time.Duration(i)*time.Second)), again))
			}
			w.commit(&by, reblogs...)
		}
		if n, _, err := w.ix.Unread(t.Context(), list[0].id); n != 2*len(posts) || err != nil {
			t.Errorf("%d notifications of %d: %v", n, 2*len(posts), err)
		}
		viewers[0].version, viewers[0].records = content.Version{}, make(map[content.Path]cid.Cid)
	}
}

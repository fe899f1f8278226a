package index_test

import (
	"strings"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/index"
)

// wantOneID gives two accounts the TIDs of two posts that want the same id: of a
// thousand posts of each in one millisecond, two do.
func wantOneID(t testing.TB, a, b *account) {
	t.Helper()
	for at := began; at.After(began.Add(-time.Second)); at = at.Add(-time.Millisecond) {
		of := make(map[index.StatusID]content.TID)
		for clock := range uint16(1024) {
			tid := content.NewTID(at, clock)
			of[index.FirstID(a.id, tid)] = tid
		}
		for clock := range uint16(1024) {
			tid := content.NewTID(at, clock)
			if other, ok := of[index.FirstID(b.id, tid)]; ok {
				a.collide, b.collide = other, tid
				return
			}
		}
	}
	t.Fatal("no two posts want one id")
}

func idOf(w *world, a *account, tid content.TID) index.StatusID {
	w.t.Helper()
	e, err := w.ix.PostByURI(w.t.Context(), content.URI{Account: a.id, Path: postAt(tid)})
	if err != nil {
		w.t.Fatal(err)
	}
	return e.ID
}

func TestAnAccountThatCopiesAnothersTIDHasOtherIDs(t *testing.T) {
	anna, mallory := newAccount(0), newAccount(1)
	w := newWorld(t, anna)
	tid := tidAt(1)
	w.commit(mallory, post(tid, "copy"))
	w.commit(anna, follow(mallory), post(tid, "true"))
	if idOf(w, anna, tid) == idOf(w, mallory, tid) {
		t.Error("two posts have one id")
	}
	if n := len(w.home(anna, index.Page{})); n != 2 {
		t.Errorf("%d posts shown, want both", n)
	}
}

// TestPostsThatWantOneIDKeepTheirs makes what a hostile author finds by trying,
// and rebuilds the index with the authors in either order.
func TestPostsThatWantOneIDKeepTheirs(t *testing.T) {
	anna, mallory := newAccount(0), newAccount(1)
	wantOneID(t, anna, mallory)
	w := newWorld(t, anna)
	w.commit(anna, follow(mallory))
	w.commit(mallory, post(mallory.collide, "hostile"))
	w.commit(anna, post(anna.collide, "honest"))
	his, hers := idOf(w, mallory, mallory.collide), idOf(w, anna, anna.collide)
	if his == hers || his.Time() != hers.Time() {
		t.Fatalf("ids %s and %s", his, hers)
	}
	before := w.dump()
	for _, order := range [][]*account{{anna, mallory}, {mallory, anna}} {
		rebuildInOrder(w, order)
		if idOf(w, mallory, mallory.collide) != his || idOf(w, anna, anna.collide) != hers || w.dump() != before {
			t.Error("a rebuild changes ids")
		}
	}
	if err := w.ix.Replace(t.Context(), anna.id, anna.version, anna.all()); err != nil {
		t.Fatal(err)
	}
	if got := idOf(w, anna, anna.collide); got != hers {
		t.Errorf("entered anew, post %s is %s", hers, got)
	}
}

func rebuildInOrder(w *world, accounts []*account) {
	w.t.Helper()
	if err := w.ix.Reset(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	for _, a := range accounts {
		if err := w.ix.Apply(w.t.Context(), a.id, content.Version{}, a.version, a.all()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestAMovedIDIsKeptForItsPost lets a rebuild come first to a post that wants the
// id another had to move to.
func TestAMovedIDIsKeptForItsPost(t *testing.T) {
	anna, mallory := newAccount(0), newAccount(1)
	wantOneID(t, anna, mallory)
	w := newWorld(t, anna)
	w.commit(mallory, post(mallory.collide, "hostile"))
	w.commit(anna, post(anna.collide, "honest"))
	hers := idOf(w, anna, anna.collide)
	late, tid := wanting(t, hers, anna.collide.Time())
	w.enter(late, post(tid, "late"))
	rebuildInOrder(w, []*account{late, mallory, anna})
	if got := idOf(w, anna, anna.collide); got != hers {
		t.Errorf("post %s is %s now", hers, got)
	}
	if got := idOf(w, late, tid); got == hers {
		t.Error("two posts have one id")
	}
}

// wanting finds a post of somebody that wants an id of the millisecond of at.
func wanting(t *testing.T, id index.StatusID, at time.Time) (*account, content.TID) {
	t.Helper()
	for n := range 50 {
		a := newAccount(100 + n)
		for i := range 1_024_000 {
			tid := content.NewTID(at.Truncate(time.Millisecond).Add(time.Duration(i>>10)*time.Microsecond), uint16(i&1023))
			if index.FirstID(a.id, tid) == id {
				return a, tid
			}
		}
	}
	t.Fatal("no post wants the id")
	return nil, 0
}

func TestAMovedIDIsFreeAgainWhenItsPostIsGone(t *testing.T) {
	anna, mallory := newAccount(0), newAccount(1)
	wantOneID(t, anna, mallory)
	w := newWorld(t, anna)
	w.commit(mallory, post(mallory.collide, "hostile"))
	w.commit(anna, post(anna.collide, "moved"))
	w.commit(anna, unpost(anna.collide))
	w.commit(mallory, unpost(mallory.collide))
	w.commit(anna, post(anna.collide, "again"))
	if got, want := idOf(w, anna, anna.collide), index.FirstID(anna.id, anna.collide); got != want {
		t.Errorf("id %s, want %s, which is free", got, want)
	}
}

func TestIDsGrowWithTime(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	w.commit(anna, posts(50)...)
	list := w.home(anna, index.Page{Limit: 50})
	for i, e := range list[1:] {
		if e.ID >= list[i].ID || !e.ID.Time().Before(list[i].ID.Time()) {
			t.Errorf("%s of %s is before %s", list[i].ID, list[i].ID.Time(), e.ID)
		}
	}
}

func TestPostsByURIsThatAreNone(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	w.commit(anna, follow(newAccount(1)))
	for path, kind := range map[content.Path]content.Kind{
		followAt(newAccount(1)):  content.Invalid,
		postAt(tidAt(1)):         content.NotFound,
		"app.rossgram.post/self": content.Invalid,
		"":                       content.Invalid,
	} {
		if _, err := w.ix.PostByURI(t.Context(), content.URI{Account: anna.id, Path: path}); content.KindOf(err) != kind {
			t.Errorf("%q: %v, want %s", path, err, kind)
		}
	}
}

// FuzzIDs reads what apps send as ids of posts and accounts, and asks for pages
// with them.
func FuzzIDs(f *testing.F) {
	for _, s := range []string{
		"1", "0", "", "00", "01", "+1", "-1", " 1", "1_000", "0x1", "١", "9223372036854775807", "9223372036854775808",
		"18446744073709551616", strings.Repeat("9", 1000),
	} {
		f.Add(s)
	}
	anna := newAccount(0)
	w := newWorld(f, anna)
	w.commit(anna, posts(3)...)
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := index.ParseAccountNum(s); err == nil && n.String() != s {
			t.Errorf("account %q is read as %s", s, n)
		}
		id, err := index.ParseStatusID(s)
		if err != nil {
			return
		}
		if id.String() != s || id == 0 {
			t.Errorf("post %q is read as %s", s, id)
		}
		for _, p := range []index.Page{{MaxID: id}, {MinID: id}, {SinceID: id}, {MaxID: id, MinID: id}} {
			list, err := w.ix.Home(t.Context(), anna.id, p)
			if err != nil {
				t.Error(err)
			}
			for _, e := range list {
				if p.MaxID > 0 && e.ID >= p.MaxID || e.ID <= max(p.MinID, p.SinceID) {
					t.Errorf("page %+v has %s", p, e.ID)
				}
			}
		}
	})
}

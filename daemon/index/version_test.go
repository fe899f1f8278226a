package index_test

import (
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/index"
)

func TestWhatIsOlderOrTheSameChangesNothing(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	old := w.enter(anna, post(tidAt(1), "one"))
	first := anna.version
	if err := w.ix.Apply(t.Context(), anna.id, content.Version{}, first, old); err != nil {
		t.Fatal(err)
	}
	w.commit(anna, unpost(tidAt(1)), post(tidAt(time.Second), "two"))
	before := w.dump()
	for _, to := range []content.Version{first, anna.version, {}} {
		if err := w.ix.Apply(t.Context(), anna.id, content.Version{}, to, old); err != nil {
			t.Fatal(err)
		}
	}
	if w.dump() != before {
		t.Error("an older version changed the index")
	}
	w.expectHome(anna, index.Page{}, "two")
}

func TestAMissedStepIsNoticedAndReplaceMakesUpForIt(t *testing.T) {
	anna, ben := newAccount(0), newAccount(1)
	w := newWorld(t, anna)
	w.commit(anna, follow(ben), post(tidAt(1), "anna"))
	w.commit(ben, post(tidAt(time.Second), "gone"), post(tidAt(2*time.Second), "stays"), profile("Ben"), follow(anna))
	id := idOf(w, ben, tidAt(2*time.Second))
	w.enter(ben, unpost(tidAt(time.Second)), unfollow(anna), profile("Benjamin")) // nobody heard
	from := ben.version
	list := w.enter(ben, post(tidAt(3*time.Second), "new"))
	before := w.dump()
	err := w.ix.Apply(t.Context(), ben.id, from, ben.version, list)
	refused(t, err, content.Conflict, "reindex")
	if w.dump() != before {
		t.Error("a step that does not fit changed the index")
	}
	if err := w.ix.Replace(t.Context(), ben.id, ben.version, ben.all()); err != nil {
		t.Fatal(err)
	}
	w.expectHome(anna, index.Page{}, "new stays anna")
	w.expectFound(anna, "ben", "Benjamin")
	if got := idOf(w, ben, tidAt(2*time.Second)); got != id {
		t.Errorf("post %s is %s now", id, got)
	}
	if a := w.known(ben); a.Posts != 2 || a.Following != 0 || a.Followers != 1 {
		t.Errorf("%+v", a)
	}
	if got := w.version(ben); got != ben.version {
		t.Errorf("version %v, want %v", got, ben.version)
	}
}

func TestAForgottenAccountIsGone(t *testing.T) {
	anna, ben := newAccount(0), newAccount(1)
	w := newWorld(t, anna)
	w.commit(anna, follow(ben), post(tidAt(1), "anna"))
	before := w.dump()
	w.commit(ben, append(posts(2*w.ix.Step()), profile("Ben"), follow(anna), post(tidAt(time.Hour), "waits"))...)
	for range 2 { // the second time there is nothing to forget
		if err := w.ix.Forget(t.Context(), ben.id); err != nil {
			t.Fatal(err)
		}
		if w.dump() != before {
			t.Error("something stays of a forgotten account")
		}
	}
	all, err := w.ix.Versions(t.Context())
	if err != nil || len(all) != 1 || all[anna.id] != anna.version {
		t.Errorf("indexed: %v, %v", all, err)
	}
	w.expectHome(anna, index.Page{}, "anna")
}

func TestAnIndexOfAnotherFormatIsEmptied(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	empty := w.dump()
	w.commit(anna, posts(3)...)
	if err := w.st.Index().Bucket("index/").Update(t.Context(), func(tx *store.Tx) error { return tx.Set([]byte{'z'}, []byte("an older one")) }); err != nil {
		t.Fatal(err)
	}
	w.open()
	if w.dump() != empty {
		t.Error("not empty")
	}
	if all, err := w.ix.Versions(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("indexed: %v, %v", all, err)
	}
	if err := w.ix.Apply(t.Context(), anna.id, content.Version{}, anna.version, anna.all()); err != nil {
		t.Fatal(err)
	}
	full := w.dump()
	w.open()
	if w.dump() != full {
		t.Error("opened again, the index is another")
	}
}

package index_test

import (
	"fmt"
	"strings"
	"testing"

	"rossgram.app/content"
	"rossgram.app/daemon/index"
)

func TestANameIsFoundHoweverItIsTyped(t *testing.T) {
	anna := newAccount(0)
	for name, typed := range map[string][]string{
		"Änne Müller-Lüdenscheidt": {"änne müller-lüdenscheidt", "ANNE MULLER LUDENSCHEIDT", "A\u0308nne  Mu\u0308ller Lüdenscheidt "},
		"Straße 7":                 {"strasse 7", "STRASSE-7", "straße ７"},
		"Øyvind":                   {"øyvind", "ØYVIND"},
		"Ｊｏｈｎ":                     {"john"},
		"İpek":                     {"ipek", "IPEK"},
		"Σίσυφος":                  {"σισυφοσ", "ΣΊΣΥΦΟΣ"},
		"محمّد":                    {"محمد"},
		"राम कुमार":                {"राम कुमार"},
		"✨ Lena ✨":                 {"lena", "✨lena"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, anna)
			someone := newAccount(1)
			w.commit(someone, profile(name))
			for _, q := range typed {
				if got, err := w.ix.Lookup(t.Context(), q, ""); err != nil || got.ID != someone.id {
					t.Errorf("looking up %q: %v", q, err)
				}
				if got, err := w.ix.Search(t.Context(), anna.id, q, 5); err != nil || len(got) != 1 {
					t.Errorf("searching for %q: %d found, %v", q, len(got), err)
				}
			}
		})
	}
}

func TestLookupsThatFindNobody(t *testing.T) {
	anna, ben := newAccount(0), newAccount(1)
	w := newWorld(t, anna)
	w.commit(ben, profile("Ben Stone"))
	for _, q := range []string{"", " ", "✨", "Be", "Stone", "Ben Stones", strings.Repeat("Ben ", 10_000)} {
		_, err := w.ix.Lookup(t.Context(), q, "")
		refused(t, err, content.NotFound, "no such account")
	}
	for _, fp := range []string{"a", ben.id.Fingerprint()[:15], ben.id.Fingerprint() + "a", newAccount(2).id.Fingerprint(), "\x00"} {
		_, err := w.ix.Lookup(t.Context(), "Ben Stone", fp)
		refused(t, err, content.NotFound, "no such account")
	}
}

func TestAFingerprintIsFoundWhateverNameStandsBeforeIt(t *testing.T) {
	anna, ben, carl := newAccount(0), newAccount(1), newAccount(2)
	w := newWorld(t, anna)
	w.commit(ben, profile("Ben"), follow(carl))
	for _, a := range []*account{anna, ben, carl} { // the viewer; with a profile; only followed
		for _, fp := range []string{a.id.Fingerprint(), strings.ToUpper(a.id.Fingerprint())} {
			if got, err := w.ix.Lookup(t.Context(), "An older name", fp); err != nil || got.ID != a.id || got.Num != index.NumberOf(a.id) {
				t.Errorf("%s: %v", fp, err)
			}
		}
		if got, err := w.ix.AccountByNum(t.Context(), index.NumberOf(a.id)); err != nil || got.ID != a.id {
			t.Errorf("by number: %v", err)
		}
	}
	_, err := w.ix.AccountByNum(t.Context(), index.NumberOf(newAccount(3).id))
	refused(t, err, content.NotFound, "no such account")
	_, err = w.ix.Account(t.Context(), newAccount(3).id)
	refused(t, err, content.NotFound, "nothing is known")
}

func TestOfSeveralWithOneNameThoseWhoAreFollowedComeFirst(t *testing.T) {
	anna, ben, other := newAccount(0), newAccount(1), newAccount(2)
	w := newWorld(t, anna)
	w.commit(ben, profile("Ben"))
	w.commit(other, profile("BÉN"))
	_, err := w.ix.Lookup(t.Context(), "ben", "")
	refused(t, err, content.Conflict, "ben@")
	w.commit(anna, follow(other))
	if got, err := w.ix.Lookup(t.Context(), "ben", ""); err != nil || got.ID != other.id {
		t.Errorf("%v, %v", got.ID, err)
	}
	w.commit(anna, follow(ben))
	_, err = w.ix.Lookup(t.Context(), "ben", "")
	refused(t, err, content.Conflict, "16 characters")
	w.commit(anna, unfollow(ben), unfollow(other), profile("Ben"))
	if got, err := w.ix.Lookup(t.Context(), "ben", ""); err != nil || got.ID != anna.id {
		t.Errorf("of the node's own accounts: %v, %v", got.ID, err)
	}
}

func TestANewNameReplacesTheOldOne(t *testing.T) {
	anna, ben := newAccount(0), newAccount(1)
	w := newWorld(t, anna)
	w.commit(ben, profile("Ben Stone"))
	w.commit(ben, profile("Ben Rock"))
	w.expectFound(anna, "stone", "")
	w.expectFound(anna, "rock", "Ben Rock")
	w.commit(ben, change{path: profilePath})
	w.expectFound(anna, "ben", "")
	if _, err := w.ix.Account(t.Context(), ben.id); err != nil {
		t.Errorf("an account without a profile: %v", err)
	}
}

func (w *world) expectFound(viewer *account, q, want string) {
	w.t.Helper()
	found, err := w.ix.Search(w.t.Context(), viewer.id, q, 80)
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, a := range found {
		names = append(names, a.Profile.Name)
	}
	if got := strings.Join(names, ", "); got != want {
		w.t.Errorf("%q finds %q, want %q", q, got, want)
	}
}

func TestSearchByTheBeginningOfAnyWord(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	for i, name := range []string{"Maria Berg", "Bergmann", "Berg", "Ida van der Berg Olsen", "Iceberg", "Bertha"} {
		w.commit(newAccount(1+i), profile(name))
	}
	w.expectFound(anna, "berg", "Berg, Maria Berg, Ida van der Berg Olsen, Bergmann")
	w.expectFound(anna, "berg o", "Ida van der Berg Olsen")
	w.expectFound(anna, "BERGM", "Bergmann")
	w.expectFound(anna, "ma", "Maria Berg")
	w.expectFound(anna, "erg", "")
	w.expectFound(anna, "", "")
	w.commit(anna, follow(newAccount(2))) // Bergmann
	w.expectFound(anna, "berg", "Bergmann, Berg, Maria Berg, Ida van der Berg Olsen")
}

func TestSearchHasALimit(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	for i := range 90 {
		w.commit(newAccount(1+i), profile(fmt.Sprintf("Zoe %02d", i)))
	}
	for limit, want := range map[int]int{-1: 0, 0: 0, 3: 3, 80: 80, 1000: 80} {
		found, err := w.ix.Search(t.Context(), anna.id, "zoe", limit)
		if err != nil || len(found) != want {
			t.Errorf("%d asked, %d found, want %d; %v", limit, len(found), want, err)
		}
	}
}

// FuzzNames looks for whatever people type.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"ben", "", "\x00", "\xff", "ﷺ", strings.Repeat("a\u0301", 1000), strings.Repeat("a ", 500), "🏴‍☠️", "ß"} {
		f.Add(s)
	}
	anna, ben := newAccount(0), newAccount(1)
	w := newWorld(f, anna)
	w.commit(ben, profile("Ben Stone"))
	f.Fuzz(func(t *testing.T, s string) {
		found, err := w.ix.Search(t.Context(), anna.id, s, 80)
		if err != nil || len(found) > 1 {
			t.Errorf("%d found, %v", len(found), err)
		}
		if _, err := w.ix.Lookup(t.Context(), s, ""); err != nil && content.KindOf(err) != content.NotFound {
			t.Error(err)
		}
		if _, err := w.ix.Lookup(t.Context(), "", s); err != nil && content.KindOf(err) != content.NotFound {
			t.Error(err)
		}
	})
}

package index_test

import (
	"context"
	"slices"
	"testing"

	"rossgram.app/content"
	"rossgram.app/daemon/index"
)

func TestFollowersAndFollowingAPageAtATime(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	var others []content.AccountID
	for i := range 45 {
		a := newAccount(1 + i)
		others = append(others, a.id)
		w.commit(a, follow(anna))
		w.commit(anna, follow(a))
	}
	slices.SortFunc(others, func(a, b content.AccountID) int { return slices.Compare(a[:], b[:]) })
	type list func(context.Context, content.AccountID, content.AccountID, int) ([]index.Account, content.AccountID, error)
	for name, of := range map[string]list{"followers": w.ix.Followers, "following": w.ix.Following} {
		for asked, sizes := range map[int][]int{0: {20, 20, 5}, 15: {15, 15, 15}, 44: {44, 1}, 1000: {45}} {
			var found []content.AccountID
			var got []int
			for cursor, more := (content.AccountID{}), true; more; more = !cursor.IsZero() {
				page, next, err := of(t.Context(), anna.id, cursor, asked)
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range page {
					found = append(found, a.ID)
				}
				got, cursor = append(got, len(page)), next
			}
			if !slices.Equal(found, others) || !slices.Equal(got, sizes) {
				t.Errorf("%s by %d: pages of %v with %d accounts, want pages of %v", name, asked, got, len(found), sizes)
			}
		}
	}
	if a := w.known(anna); a.Followers != 45 || a.Following != 45 {
		t.Errorf("%d followers, %d following", a.Followers, a.Following)
	}
}

func TestWhoFollowsWhom(t *testing.T) {
	anna, ben, carl := newAccount(0), newAccount(1), newAccount(2)
	w := newWorld(t, anna)
	expect := func(a, b *account, want bool) {
		t.Helper()
		if got, err := w.ix.Follows(t.Context(), a.id, b.id); err != nil || got != want {
			t.Errorf("follows: %v, want %v; %v", got, want, err)
		}
	}
	w.commit(anna, follow(ben), follow(anna))
	w.commit(ben, follow(carl))
	expect(anna, ben, true)
	expect(ben, anna, false)
	expect(ben, carl, true)
	expect(anna, anna, false)
	if a := w.known(carl); a.Followers != 1 || a.Profile != nil || a.Num != index.NumberOf(carl.id) {
		t.Errorf("an account that is only followed: %+v", a)
	}
	w.commit(anna, follow(ben)) // again, as a newer record of the same follow
	if a := w.known(ben); a.Followers != 1 {
		t.Errorf("followed twice by one account, it has %d followers", a.Followers)
	}
	if err := w.ix.Forget(t.Context(), ben.id); err != nil {
		t.Fatal(err)
	}
	expect(anna, ben, true)
	expect(ben, carl, false)
	_, err := w.ix.Account(t.Context(), carl.id)
	refused(t, err, content.NotFound, "nothing is known")
	if a := w.known(ben); a.Followers != 1 || a.Following != 0 {
		t.Errorf("that others follow a forgotten account is theirs to say: %+v", a)
	}
}

package index_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/index"
)

// TestModel plays random posts, edits, deletions, follows and profiles, compares
// what is shown with the records themselves, and in the end builds the index
// anew: the bytes are the same.
func TestModel(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 0))
			accounts := make([]*account, 6)
			for i := range accounts {
				accounts[i] = newAccount(i)
			}
			wantOneID(t, accounts[0], accounts[2])
			w := newWorld(t, accounts[0], accounts[1])
			for i := range 250 {
				a := accounts[rng.IntN(len(accounts))]
				if rng.IntN(40) == 0 {
					forgetAndRemember(w, a)
					continue
				}
				var changes []change
				for range 1 + rng.IntN(4) {
					changes = add(changes, randomChange(rng, accounts, a, i))
				}
				w.commit(a, changes...)
				if i%10 == 0 {
					compare(w, accounts)
				}
			}
			compare(w, accounts)
			before := w.dump()
			rebuild(w, accounts)
			compare(w, accounts)
			if after := w.dump(); after != before {
				t.Errorf("a rebuild gives other bytes:\n%s\nbefore:\n%s", after, before)
			}
		})
	}
}

// add appends a change, unless one of its path is there.
func add(list []change, c change) []change {
	if slices.ContainsFunc(list, func(d change) bool { return d.path == c.path }) {
		return list
	}
	return append(list, c)
}

func randomChange(rng *rand.Rand, accounts []*account, a *account, i int) change {
	// Few moments, so that accounts share TIDs and posts share milliseconds.
	tid := tidAt(time.Duration(rng.IntN(40)) * 300 * time.Microsecond)
	switch k := rng.IntN(20); {
	case k == 0:
		tid = tidAt(time.Duration(rng.IntN(30)) * time.Minute) // some in the future
	case k < 4 && a.collide != 0:
		tid = a.collide
	}
	switch n := rng.IntN(10); {
	case n < 5:
		return post(tid, fmt.Sprint("post", i))
	case n < 7:
		return unpost(tid)
	case n < 8:
		return follow(accounts[rng.IntN(len(accounts))])
	case n < 9:
		return unfollow(accounts[rng.IntN(len(accounts))])
	}
	return profile(fmt.Sprint("Name ", rng.IntN(5)))
}

func forgetAndRemember(w *world, a *account) {
	w.t.Helper()
	if a.version == (content.Version{}) {
		return
	}
	if err := w.ix.Replace(w.t.Context(), a.id, a.version, a.all()); err != nil {
		w.t.Fatal(err)
	}
}

func rebuild(w *world, accounts []*account) {
	w.t.Helper()
	if err := w.ix.Reset(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	for _, i := range rand.Perm(len(accounts)) {
		a := accounts[i]
		if a.version == (content.Version{}) {
			continue
		}
		if err := w.ix.Apply(w.t.Context(), a.id, content.Version{}, a.version, a.all()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// compare checks every view against the records.
func compare(w *world, accounts []*account) {
	w.t.Helper()
	for _, a := range accounts {
		posts := visible(a)
		following, followers := 0, 0
		homes := slices.Clone(posts)
		for _, b := range accounts {
			if b == a {
				continue
			}
			if _, ok := a.records[followAt(b)]; ok {
				following++
				homes = append(homes, visible(b)...)
			}
			if _, ok := b.records[followAt(a)]; ok {
				followers++
			}
		}
		if slices.Contains(w.viewers, a.id) {
			compareTimeline(w, w.home(a, index.Page{Limit: index.MaxLimit}), homes)
		}
		got, err := w.ix.Posts(w.t.Context(), a.id, index.Page{Limit: index.MaxLimit})
		if err != nil {
			w.t.Fatal(err)
		}
		compareTimeline(w, got, posts)
		compareCounts(w, a, [3]int{len(posts), following, followers})
	}
}

func visible(a *account) (uris []string) {
	for p := range a.records {
		tid, err := content.ParseTID(p.RecordKey())
		if p.Collection() == content.CollectionPost && err == nil && !tid.Time().After(a.version.Rev.Time().Add(content.MaxClockSkew)) {
			uris = append(uris, content.URI{Account: a.id, Path: p}.String())
		}
	}
	return uris
}

func compareTimeline(w *world, got []index.Entry, want []string) {
	w.t.Helper()
	if !slices.IsSortedFunc(got, func(a, b index.Entry) int { return int(int64(b.ID) - int64(a.ID)) }) {
		w.t.Error("a timeline is out of order")
	}
	var uris []string
	for _, e := range got {
		uris = append(uris, e.URI.String())
		if byID, err := w.ix.Post(w.t.Context(), e.ID); err != nil || byID.URI != e.URI {
			w.t.Errorf("post %s: %v", e.ID, err)
		}
		if byURI, err := w.ix.PostByURI(w.t.Context(), e.URI); err != nil || byURI.ID != e.ID || byURI.CID != e.CID {
			w.t.Errorf("post %s: %v", e.URI, err)
		}
	}
	slices.Sort(uris)
	slices.Sort(want)
	if len(want) <= index.MaxLimit && !slices.Equal(uris, want) {
		w.t.Errorf("shown: %v\nwant:  %v", uris, want)
	}
}

func compareCounts(w *world, a *account, want [3]int) {
	w.t.Helper()
	got, err := w.ix.Account(w.t.Context(), a.id)
	if content.KindOf(err) == content.NotFound {
		err = nil
	}
	if err != nil {
		w.t.Fatal(err)
	}
	if counts := [3]int{got.Posts, got.Following, got.Followers}; counts != want {
		w.t.Errorf("posts, following, followers: %v, want %v", counts, want)
	}
	_, has := a.records[profilePath]
	if has != (got.Profile != nil) {
		w.t.Errorf("profile shown: %v, there: %v", got.Profile != nil, has)
	}
}

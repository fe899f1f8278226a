package replica_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
)

// TestWatchersHearWhatIsDurable looks at the node from within a watcher: whatever
// it is told of can be read and shown already, in the order it was made, by
// however many at once.
func TestWatchersHearWhatIsDurable(t *testing.T) {
	var n node
	var heard []replica.Update
	n = newNode(t, func(ctx context.Context, u replica.Update) error {
		heard = append(heard, u)
		if h, err := n.Head(ctx, u.Account); err != nil || h.Version() != u.Head.Version() {
			t.Errorf("the head held is %v, %v; told of %v", h.Version(), err, u.Head.Version())
		}
		for _, b := range u.Blocks {
			if !n.isPublished(t, b.CID) {
				t.Errorf("block %s is not published yet", b.CID)
			}
		}
		return nil
	})
	h := n.author(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() { n.post(t, h, i) })
	}
	all.Wait()
	if len(heard) != 8 {
		t.Fatalf("heard of %d posts of 8", len(heard))
	}
	for i, u := range heard {
		if i > 0 && u.Prev.Version() != heard[i-1].Head.Version() {
			t.Errorf("step %d follows %v, the last one was %v", i, u.Prev.Version(), heard[i-1].Head.Version())
		}
	}
}

// TestPostsAreMadeThoughTheIndexFails shows that a watcher's error reaches the
// one who posted, and stops neither the other watchers nor the next post.
func TestPostsAreMadeThoughTheIndexFails(t *testing.T) {
	broken := errors.New("no room for the index")
	told := 0
	n := newNode(t,
		func(context.Context, replica.Update) error { return broken },
		func(context.Context, replica.Update) error { told++; return nil })
	h := n.author(t)
	for i := range 2 {
		check(t, n.store.Put(t.Context(), rendition(i)))
		change, err := h.Apply(t.Context(), []repo.Op{repo.Put(postPath(i), encode(t, photoOf(i)), repo.Absent())})
		if !errors.Is(err, broken) || change == nil {
			t.Errorf("post %d: %v, %v", i, change, err)
		}
	}
	if told != 2 || !n.isPublished(t, rendition(1).CID) {
		t.Errorf("told of %d of 2; published: %t", told, n.isPublished(t, rendition(1).CID))
	}
}

func TestDeletingUnpins(t *testing.T) {
	n := newNode(t)
	h := n.author(t)
	first, second := n.post(t, h, 1), n.post(t, h, 2)
	_, err := h.Apply(t.Context(), []repo.Op{repo.Delete(postPath(1), repo.Present())})
	check(t, err)
	for _, b := range []content.Block{rendition(1), encode(t, photoOf(1))} {
		if n.isPublished(t, b.CID) {
			t.Errorf("%s is still shown", b.CID)
		}
	}
	if n.isPublished(t, second.Nodes[0]) {
		t.Error("a tree node of the past is still shown")
	}
	if !n.isPublished(t, rendition(2).CID) {
		t.Error("the other post's photo is gone")
	}
	// The commit stays: it proves that the next one succeeds it.
	if commit := first.Nodes[len(first.Nodes)-1]; !n.isPublished(t, commit) {
		t.Error("the commit is gone")
	}
}

func TestPhotoOfTwoPostsStaysUntilBothAreDeleted(t *testing.T) {
	n := newNode(t)
	h := n.author(t)
	n.post(t, h, 1)
	again := encode(t, photoOf(1), photoOf(1))
	_, err := h.Apply(t.Context(), []repo.Op{repo.Put(postPath(2), again, repo.Absent())})
	check(t, err)
	for i, want := range []bool{true, false} {
		_, err := h.Apply(t.Context(), []repo.Op{repo.Delete(postPath(i+1), repo.Present())})
		check(t, err)
		if got := n.isPublished(t, rendition(1).CID); got != want {
			t.Errorf("after deleting %d of 2: shown %t", i+1, got)
		}
	}
}

func TestFollowerAdvances(t *testing.T) {
	var heard []content.Version
	author := newNode(t)
	follower := newNode(t, func(_ context.Context, u replica.Update) error {
		heard = append(heard, u.Head.Version())
		return nil
	})
	h := author.author(t)
	one, two := author.post(t, h, 1), author.post(t, h, 2)
	check(t, follower.Advance(t.Context(), follower.receive(t, content.Head{}, one)))
	check(t, follower.Advance(t.Context(), follower.receive(t, one.Head, two)))
	if want := []content.Version{one.Head.Version(), two.Head.Version()}; !slices.Equal(heard, want) {
		t.Errorf("heard of %v, want %v", heard, want)
	}
	v, err := follower.View(t.Context(), h.ID())
	check(t, err)
	_, err = v.Get(t.Context(), postPath(2))
	check(t, err)
	// The photo comes later, and may be passed on from then on.
	check(t, follower.store.Put(t.Context(), rendition(2)))
	if !follower.isPublished(t, rendition(2).CID) {
		t.Error("a photo that came later can't be passed on")
	}
}

// TestAdvanceFromAnotherState plays two rounds that worked out their steps from
// the same head.
func TestAdvanceFromAnotherState(t *testing.T) {
	author, follower := newNode(t), newNode(t)
	h := author.author(t)
	one, two := author.post(t, h, 1), author.post(t, h, 2)
	check(t, follower.Advance(t.Context(), follower.receive(t, content.Head{}, one)))
	slow := follower.receive(t, content.Head{}, one, two)
	wantKind(t, follower.Advance(t.Context(), slow), content.Conflict)
	if head, err := follower.Head(t.Context(), h.ID()); err != nil || head.Version() != one.Head.Version() {
		t.Errorf("the head is %v, %v", head.Version(), err)
	}
	check(t, follower.Advance(t.Context(), follower.receive(t, one.Head, two)))
}

// TestOwnAccountIsWrittenHereOnly shows that nothing that comes from a peer can
// move or drop an account of this node.
func TestOwnAccountIsWrittenHereOnly(t *testing.T) {
	n := newNode(t)
	h := n.author(t)
	change := n.post(t, h, 1)
	wantKind(t, n.Advance(t.Context(), change), content.Permission)
	wantKind(t, n.Drop(t.Context(), h.ID()), content.Permission)
	_, err := n.Host(t.Context(), h.Keyring)
	wantKind(t, err, content.Exists)
	n.post(t, h, 2)
}

func TestDropForgetsOnlyThatAccount(t *testing.T) {
	author, follower := newNode(t), newNode(t)
	var heads []*repo.Change
	for i := range 2 { // both post the same photo
		h := author.author(t)
		check(t, author.store.Put(t.Context(), rendition(1)))
		change, err := h.Apply(t.Context(), []repo.Op{repo.Put(postPath(i), encode(t, photoOf(1)), repo.Absent())})
		check(t, err)
		check(t, follower.Advance(t.Context(), follower.receive(t, content.Head{}, change)))
		heads = append(heads, change)
	}
	check(t, follower.store.Put(t.Context(), rendition(1)))
	check(t, follower.Drop(t.Context(), heads[0].Head.Account()))
	_, err := follower.Head(t.Context(), heads[0].Head.Account())
	wantKind(t, err, content.NotFound)
	if follower.isPublished(t, heads[0].Blocks[0].CID) {
		t.Error("the dropped account's tree is still shown")
	}
	if !follower.isPublished(t, rendition(1).CID) {
		t.Error("the photo is gone that the other account needs")
	}
	check(t, follower.Drop(t.Context(), heads[0].Head.Account())) // again is no error
	check(t, follower.Advance(t.Context(), follower.receive(t, content.Head{}, heads[0])))
}

func TestReopenedAccountGoesOn(t *testing.T) {
	home := t.TempDir()
	st, err := store.Open(t.Context(), home, store.Options{Reserve: 1})
	check(t, err)
	n := node{replica.New(st, clock), st}
	h := n.author(t)
	before := n.post(t, h, 1)
	check(t, n.Close())
	_, err = h.Apply(t.Context(), []repo.Op{repo.Delete(postPath(1), repo.Present())})
	wantKind(t, err, content.Unavailable)
	check(t, st.Close())

	st, err = store.Open(t.Context(), home, store.Options{Reserve: 1})
	check(t, err)
	n = node{replica.New(st, clock), st}
	defer func() { check(t, errors.Join(n.Close(), st.Close())) }()
	h, err = n.Host(t.Context(), h.Keyring)
	check(t, err)
	if after := n.post(t, h, 2); after.Prev.Version() != before.Head.Version() {
		t.Errorf("the second post follows %v, want %v", after.Prev.Version(), before.Head.Version())
	}
}

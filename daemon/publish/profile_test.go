package publish_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	"rossgram.app/daemon/publish"
)

func (w *world) profile() *record.Profile {
	w.t.Helper()
	v, err := w.repos.View(w.t.Context(), w.me)
	check(w.t, err)
	b, err := v.Get(w.t.Context(), content.NewPath(content.CollectionProfile, record.ProfileKey))
	check(w.t, err)
	r, err := record.Decode(b.Data)
	check(w.t, err)
	return r.(*record.Profile)
}

func TestProfile(t *testing.T) {
	w := newWorld(t)
	name, bio, long := "Ana", "Photos of\r\nthe sea", strings.Repeat("x", record.MaxName+1)
	wantKind(t, w.UpdateProfile(t.Context(), w.me, publish.ProfileChange{Bio: &bio}), content.Invalid) // who is it?
	wantKind(t, w.UpdateProfile(t.Context(), w.me, publish.ProfileChange{Name: &long}), content.TooLarge)
	m := w.upload(1)
	check(t, w.UpdateProfile(t.Context(), w.me, publish.ProfileChange{Name: &name, Avatar: &m.ID}))
	check(t, w.UpdateProfile(t.Context(), w.me, publish.ProfileChange{Bio: &bio}))
	p := w.profile()
	if p.Name != "Ana" || p.Bio != "Photos of\nthe sea" || p.Avatar == nil {
		t.Fatalf("the profile is %+v", p)
	}
	all := files(*p.Avatar)
	if w.shown(all) != len(all) {
		t.Error("the picture is not shown")
	}
	var none publish.MediaID
	check(t, w.UpdateProfile(t.Context(), w.me, publish.ProfileChange{Avatar: &none}))
	if w.profile().Avatar != nil || w.shown(all) > 0 {
		t.Error("the picture is still there")
	}
	wantKind(t, w.UpdateProfile(t.Context(), w.me, publish.ProfileChange{Header: &m.ID}), content.NotFound)
}

// TestProfileChangedAtOnce changes different things at the same moment: none is
// lost.
func TestProfileChangedAtOnce(t *testing.T) {
	w := newWorld(t)
	name, bio := "Ana", "Photos of the sea"
	fields := []record.Field{{Name: "Home", Value: "Lisbon"}}
	check(t, w.UpdateProfile(t.Context(), w.me, publish.ProfileChange{Name: &name}))
	renamed := "Ana Lima"
	var all sync.WaitGroup
	for _, c := range []publish.ProfileChange{{Name: &renamed}, {Bio: &bio}, {Fields: &fields}} {
		all.Go(func() {
			if err := w.UpdateProfile(t.Context(), w.me, c); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if p := w.profile(); p.Name != renamed || p.Bio != bio || len(p.Fields) != 1 {
		t.Errorf("the profile is %+v", p)
	}
}

func (w *world) follows() (n int) {
	w.t.Helper()
	v, err := w.repos.View(w.t.Context(), w.me)
	check(w.t, err)
	for _, err := range v.List(w.t.Context(), content.CollectionFollow, mst.Forward, "") {
		check(w.t, err)
		n++
	}
	return n
}

func TestFollowTwiceIsFollowingOnce(t *testing.T) {
	w := newWorld(t)
	friend := newRing(t).ID()
	wantKind(t, w.Follow(t.Context(), w.me, w.me), content.Invalid)
	wantKind(t, w.Follow(t.Context(), w.me, content.AccountID{}), content.Invalid)
	wantKind(t, w.Follow(t.Context(), friend, w.me), content.Permission)
	check(t, w.Unfollow(t.Context(), w.me, friend)) // whom nobody follows yet
	for i := range 2 {
		check(t, w.Follow(t.Context(), w.me, friend))
		if n := w.follows(); n != 1 {
			t.Errorf("follows %d after following %d times", n, i+1)
		}
	}
	for range 2 {
		check(t, w.Unfollow(t.Context(), w.me, friend))
		if n := w.follows(); n != 0 {
			t.Errorf("still follows %d", n)
		}
	}
}

// TestFollowAtOnce presses the button in several windows.
func TestFollowAtOnce(t *testing.T) {
	w := newWorld(t)
	friend := newRing(t).ID()
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			if err := w.Follow(t.Context(), w.me, friend); err != nil {
				t.Error(fmt.Errorf("window %d: %w", i, err))
			}
		})
	}
	all.Wait()
	if n := w.follows(); n != 1 {
		t.Errorf("follows %d", n)
	}
}

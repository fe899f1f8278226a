package publish_test

import (
	"fmt"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
)

func (w *world) mirrors() (n int) {
	w.t.Helper()
	v, err := w.repos.View(w.t.Context(), w.me)
	check(w.t, err)
	for e, err := range v.List(w.t.Context(), content.CollectionMirror, mst.Forward, "") {
		check(w.t, err)
		b, err := v.Get(w.t.Context(), e.Path)
		check(w.t, err)
		r, err := record.Decode(b.Data)
		check(w.t, err)
		check(w.t, record.Check(e.Path, r))
		n++
	}
	return n
}

func TestMirrorsAreNamedOnceAndNotTooMany(t *testing.T) {
	w := newWorld(t)
	name := "Ana"
	for range 2 {
		check(t, w.Mirror(t.Context(), w.me, peer.ID("first")))
	}
	if n := w.mirrors(); n != 1 {
		t.Errorf("%d mirrors are named", n)
	}
	for i := 1; i < record.MaxMirrors; i++ {
		check(t, w.Mirror(t.Context(), w.me, peer.ID(fmt.Sprint(name, i))))
	}
	wantKind(t, w.Mirror(t.Context(), w.me, peer.ID("one more")), content.TooLarge)
	for range 2 {
		check(t, w.Unmirror(t.Context(), w.me, peer.ID("first")))
	}
	check(t, w.Mirror(t.Context(), w.me, peer.ID("one more")))
	if n := w.mirrors(); n != record.MaxMirrors {
		t.Errorf("%d mirrors are named", n)
	}
	wantKind(t, w.Mirror(t.Context(), newRing(t).ID(), peer.ID("first")), content.Permission)
}

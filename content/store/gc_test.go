package store_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

func withClock(s *store.Store) *clock {
	c := &clock{time.Now()}
	s.SetClock(func() time.Time { return c.now })
	return c
}

func collect(t *testing.T, s *store.Store) store.Report {
	t.Helper()
	r, err := s.GC(t.Context())
	check(t, err)
	return r
}

func TestCollectionLeavesWhatIsYoung(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	clock := withClock(s)
	old, young := raw(1, 2000), raw(2, 2000)
	check(t, s.Put(t.Context(), old))
	clock.pass(store.Grace + time.Minute)
	check(t, s.Put(t.Context(), young)) // marks the time: old is older than this
	clock.pass(store.Grace)
	if r := collect(t, s); r.Blocks != 1 || isHeld(t, s, old.CID) || !isHeld(t, s, young.CID) {
		t.Fatalf("collected %+v", r)
	}
	// Reopening gives it its time anew: whoever was to pin it starts over, too.
	check(t, s.Close())
	s = open(t, home)
	defer s.Close()
	clock = withClock(s)
	if r := collect(t, s); r.Blocks != 0 {
		t.Errorf("collected %+v right after opening", r)
	}
	clock.pass(store.Grace + time.Minute)
	if r := collect(t, s); r.Blocks != 1 || isHeld(t, s, young.CID) {
		t.Errorf("collected %+v", r)
	}
}

func TestPuttingAgainMakesYoung(t *testing.T) {
	s := opened(t)
	clock := withClock(s)
	b := raw(1, 2000)
	check(t, s.Put(t.Context(), b))
	clock.pass(2 * store.Grace)
	collect(t, s) // marks the time
	clock.pass(2 * store.Grace)
	check(t, s.Put(t.Context(), b))
	collect(t, s)
	if !isHeld(t, s, b.CID) {
		t.Error("a block that was put a moment ago is gone")
	}
}

func TestHoldsEnd(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	b := raw(1, 2000)
	check(t, s.Put(t.Context(), b))
	expires := time.Now().Add(24 * time.Hour)
	check(t, s.Hold(t.Context(), "upload", []cid.Cid{b.CID}, expires))
	check(t, s.Close())
	s = open(t, home)
	defer s.Close()
	clock := withClock(s)
	clock.now = expires.Add(-time.Second)
	collect(t, s)
	if !isHeld(t, s, b.CID) {
		t.Fatal("a held block was collected")
	}
	clock.pass(time.Minute)
	collect(t, s)
	clock.pass(2 * store.Grace)
	if collect(t, s); isHeld(t, s, b.CID) {
		t.Error("a hold that expired keeps its block")
	}
	for _, name := range []string{"", "a\x00b", string(bytes.Repeat([]byte("x"), 200))} {
		wantKind(t, s.Hold(t.Context(), name, nil, expires), content.Invalid)
	}
}

func TestDeletedPhotosGiveTheirRoomBack(t *testing.T) {
	s := opened(t)
	clock := withClock(s)
	const photos = 300 // more than two log files
	for i := range photos {
		check(t, s.Put(t.Context(), raw(uint64(i), content.MaxBlockSize)))
	}
	keep := raw(7, content.MaxBlockSize)
	check(t, s.Publish(t.Context(), publication(account(1), 1, path("a"), keep)))
	clock.pass(2 * store.Grace)
	collect(t, s)
	clock.pass(2 * store.Grace)
	r := collect(t, s)
	t.Logf("%+v", r)
	u, err := s.Usage(t.Context())
	check(t, err)
	if u.Blocks > 200<<20 { // the file that is written to is left
		t.Errorf("%d MiB are still used for one photo", u.Blocks>>20)
	}
	if got, err := s.Get(t.Context(), keep.CID); err != nil || !bytes.Equal(got, keep.Data) {
		t.Errorf("the photo that stays: %v", err)
	}
}

package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// fillUp publishes posts of one photo until there is no room and returns how
// many there were.
func fillUp(t *testing.T, s *store.Store, from int) int {
	t.Helper()
	for n := from; n < from+500; n++ {
		if err := s.Publish(t.Context(), photoPost(n)); err != nil {
			wantKind(t, err, content.Quota)
			t.Logf("after %d posts: %s", n-from, content.Message(err))
			return n
		}
	}
	t.Fatal("the disk does not become full")
	return 0
}

func photoPost(n int) store.Publication {
	return publication(account(1), content.TID(n), postPath(uint64(n)), raw(uint64(n), 700<<10))
}

// checkPhotos looks at the posts from 1 up to and without end.
func checkPhotos(t *testing.T, s *store.Store, end int) {
	t.Helper()
	if h, err := s.Head(t.Context(), account(1)); err != nil || !bytes.Equal(h, headBytes(content.TID(end-1))) {
		t.Errorf("head %q, %v", h, err)
	}
	for n := 1; n < end; n++ {
		b := photoPost(n).Blocks[0]
		if got, err := s.Get(t.Context(), b.CID); err != nil || !bytes.Equal(got, b.Data) {
			t.Errorf("post %d: %v", n, err)
		}
	}
}

// TestFullDisk fills a small file system. Without a check before each write the
// kernel would end this process with SIGBUS.
func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := unix.Mount("store-test", disk, "tmpfs", 0, "size=96m"); err != nil {
		t.Skipf("mounting a small file system: %v", err)
	}
	defer unix.Unmount(disk, unix.MNT_DETACH)
	ballast := filepath.Join(disk, "ballast")
	check(t, os.WriteFile(ballast, make([]byte, 30<<20), 0o600))
	home, limits := filepath.Join(disk, "home"), store.Options{Reserve: 24 << 20}
	s, err := store.Open(t.Context(), home, limits)
	check(t, err)
	end := fillUp(t, s, 1)
	if end < 10 {
		t.Errorf("only %d posts found room", end)
	}
	wantKind(t, s.Put(t.Context(), raw(1<<40, content.MaxBlockSize)), content.Quota)
	checkPhotos(t, s, end)
	// Deleting posts is possible, so that there can be room again.
	check(t, s.Publish(t.Context(), store.Publication{
		Account: account(1), Version: content.Version{Epoch: 1, Rev: content.TID(end)}, Head: headBytes(content.TID(end)),
		Blocks: []content.Block{raw(1<<41, 800)}, UnpinRecords: []content.Path{postPath(1)},
	}))
	end++
	check(t, s.Close())
	s, err = store.Open(t.Context(), home, limits)
	check(t, err)
	defer func() { check(t, s.Close()) }()
	wantKind(t, s.Publish(t.Context(), photoPost(end)), content.Quota)
	check(t, os.Remove(ballast))
	if more := fillUp(t, s, end); more < end+10 {
		t.Errorf("with 30 MiB more there was room for %d posts", more-end)
	}
}

func TestMaxDisk(t *testing.T) {
	home := t.TempDir()
	limits := store.Options{Reserve: 1 << 20, MaxDisk: 20 << 20}
	s, err := store.Open(t.Context(), home, limits)
	check(t, err)
	end := fillUp(t, s, 1)
	checkPhotos(t, s, end)
	u, err := s.Usage(t.Context())
	check(t, err)
	if used := u.Blocks + u.State + u.Index; used > limits.MaxDisk || used < limits.MaxDisk/2 {
		t.Errorf("%d MiB are used of %d", used>>20, limits.MaxDisk>>20)
	}
	wantKind(t, s.State().Bucket("x/").Update(t.Context(), func(tx *store.Tx) error {
		return tx.Set([]byte("a"), make([]byte, 800<<10))
	}), content.Quota)
	check(t, s.State().Bucket("x/").Update(t.Context(), func(tx *store.Tx) error { return tx.Delete([]byte("a")) }))
	check(t, s.Close())
	s, err = store.Open(t.Context(), home, store.Options{Reserve: 1 << 20, MaxDisk: 40 << 20})
	check(t, err)
	defer func() { check(t, s.Close()) }()
	checkPhotos(t, s, end)
	if more := fillUp(t, s, end); more < end+10 {
		t.Errorf("with a limit of 20 MiB more there was room for %d posts", more-end)
	}
}

func TestReserveIsLeftAlone(t *testing.T) {
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{Reserve: 1 << 62})
	if err == nil {
		s.Close()
	}
	wantKind(t, err, content.Quota)
	t.Log(content.Message(err))
}

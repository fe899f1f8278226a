package store_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

const large = 300 << 10

func fileOf(home string, b content.Block) string {
	hash := b.CID.Hash()
	return filepath.Join(home, "large", hex.EncodeToString(hash[len(hash)-32:]))
}

func wantBlock(t *testing.T, s *store.Store, b content.Block) {
	t.Helper()
	if got, err := s.Get(t.Context(), b.CID); err != nil || !bytes.Equal(got, b.Data) {
		t.Errorf("%d bytes, not %d: %v", len(got), len(b.Data), err)
	}
	if !isHeld(t, s, b.CID) {
		t.Error("it is not held")
	}
	if n, err := s.Blockstore().GetSize(t.Context(), b.CID); err != nil || n != len(b.Data) {
		t.Errorf("its size is %d: %v", n, err)
	}
}

func TestLargeBlocksAreFiles(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	list := []content.Block{raw(1, 256<<10-1), raw(2, 256<<10), raw(3, content.MaxBlockSize)}
	check(t, s.Publish(t.Context(), publication(account(1), 1, path("a"), list...)))
	for i, b := range list {
		wantBlock(t, s, b)
		if _, err := os.Stat(fileOf(home, b)); (err == nil) != (i > 0) {
			t.Errorf("block %d: %v", i, err)
		}
	}
	begun := []byte("begun ")
	if got, err := s.AppendPublished(t.Context(), list[2].CID, begun); err != nil || !bytes.Equal(got, append(begun, list[2].Data...)) {
		t.Errorf("%d bytes appended: %v", len(got), err)
	}
	sizes, err := s.Sizes(t.Context(), account(1))
	check(t, err)
	if whole := int64(512<<10 - 1 + content.MaxBlockSize); sizes.Blocks != 3 || sizes.Bytes < whole || sizes.Bytes > whole+100 {
		t.Errorf("%+v", sizes)
	}
	before, err := s.Usage(t.Context())
	check(t, err)
	check(t, s.Delete(t.Context(), list[2].CID))
	after, err := s.Usage(t.Context())
	check(t, err)
	if before.Blocks-after.Blocks < content.MaxBlockSize-64<<10 {
		t.Errorf("the blocks took %d bytes and take %d", before.Blocks, after.Blocks)
	}
	if isHeld(t, s, list[2].CID) {
		t.Error("a deleted block is held")
	}
	_, err = s.Get(t.Context(), list[2].CID)
	wantKind(t, err, content.NotFound)
	check(t, s.Close())
	s = open(t, home)
	defer func() { check(t, s.Close()) }()
	again, err := s.Usage(t.Context()) // measured, not counted
	check(t, err)
	if d := again.Blocks - after.Blocks; d > 64<<10 || d < -64<<10 {
		t.Errorf("counted %d, measured %d", after.Blocks, again.Blocks)
	}
}

// What happens to the file of a block while nobody looks.
func TestDamagedFiles(t *testing.T) {
	for name, damage := range map[string]func(file string) error{
		"flipped": func(file string) error {
			all, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			all[1000] ^= 4
			return os.WriteFile(file, all, 0o600)
		},
		"cut short": func(file string) error { return os.Truncate(file, large-1) },
		"emptied":   func(file string) error { return os.Truncate(file, 0) },
		"gone":      os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			list := []content.Block{raw(1, large), raw(2, large)}
			bad := list[0]
			s := damagedHome(t, list, func(dir string) { check(t, damage(fileOf(filepath.Dir(dir), bad))) })
			_, err := s.Get(t.Context(), bad.CID)
			wantKind(t, err, content.Corrupt)
			_, err = s.AppendPublished(t.Context(), bad.CID, nil)
			wantKind(t, err, content.Corrupt)
			wantBlock(t, s, list[1])
			v, found := damages(t, s)
			if v.Blocks != 2 || v.Damaged != 1 || len(found) != 1 || !found[0].CID.Equals(bad.CID) {
				t.Fatalf("%+v found %+v", v, found)
			}
			if name != "flipped" { // it is missed without being read, and mended by being put
				if isHeld(t, s, bad.CID) {
					t.Error("it counts as held")
				}
				check(t, s.Put(t.Context(), bad))
				wantBlock(t, s, bad)
				return
			}
			repair(t, s, bad)
		})
	}
}

// A crash leaves files that nothing names: they go, and no other does.
func TestStrayFilesAreRemoved(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	kept, stray := raw(1, large), raw(2, large)
	check(t, s.Publish(t.Context(), publication(account(1), 1, path("a"), kept)))
	check(t, s.Close())
	unfinished, foreign := filepath.Join(home, "large", "new-123"), filepath.Join(home, "large", "README")
	for _, file := range []string{fileOf(home, stray), unfinished, foreign} {
		check(t, os.WriteFile(file, stray.Data, 0o600))
	}
	s = open(t, home)
	defer func() { check(t, s.Close()) }()
	if isHeld(t, s, stray.CID) {
		t.Error("a stray file is taken for a block")
	}
	before, err := s.Usage(t.Context())
	check(t, err)
	collect(t, s)
	after, err := s.Usage(t.Context())
	check(t, err)
	if gone := before.Blocks - after.Blocks; gone < large-64<<10 || gone > large+64<<10 {
		t.Errorf("%d bytes less are said to be used, and a file of %d went that counted", gone, large)
	}
	for _, file := range []string{fileOf(home, stray), unfinished} {
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s is there", filepath.Base(file))
		}
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error("somebody else's file is gone")
	}
	wantBlock(t, s, kept)
}

// Collected blocks give their room back at once.
func TestCollectionRemovesFiles(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	defer func() { check(t, s.Close()) }()
	clock := withClock(s)
	b := raw(1, large)
	check(t, s.Put(t.Context(), b))
	clock.pass(store.Grace + time.Minute)
	check(t, s.Put(t.Context(), raw(2, 100))) // marks the time
	clock.pass(store.Grace + time.Minute)
	if r := collect(t, s); r.Bytes < large {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(fileOf(home, b)); err == nil {
		t.Error("the file is there")
	}
}

// Homes of format 1 have large blocks in the database.
func TestLargeBlocksOfFormat1(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	b := raw(1, large)
	hash := b.CID.Hash()
	check(t, s.DatabaseOf("blocks").Update(func(txn *badger.Txn) error {
		if err := txn.Set([]byte("!format"), []byte{0, 0, 0, 1}); err != nil {
			return err
		}
		return txn.SetEntry(badger.NewEntry(hash[len(hash)-32:], b.Data).WithMeta(byte(content.Raw)))
	}))
	check(t, s.Close())
	s = open(t, home)
	defer func() { check(t, s.Close()) }()
	wantBlock(t, s, b)
	if v, found := damages(t, s); v.Blocks != 1 || len(found) != 0 {
		t.Errorf("%+v found %+v", v, found)
	}
	check(t, s.Delete(t.Context(), b.CID))
	if isHeld(t, s, b.CID) {
		t.Error("it is held")
	}
}

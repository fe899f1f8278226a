package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// damagedHome publishes blocks, closes, and lets change spoil the folder of the
// blocks.
func damagedHome(t *testing.T, list []content.Block, change func(dir string)) *store.Store {
	t.Helper()
	home := t.TempDir()
	s := open(t, home)
	for i, b := range list {
		check(t, s.Publish(t.Context(), publication(account(1), content.TID(i+1), path(content.TID(i+1).String()), b)))
	}
	check(t, s.Close())
	change(filepath.Join(home, "blocks"))
	s = open(t, home)
	t.Cleanup(func() { check(t, s.Close()) })
	return s
}

// flip turns over one bit in the middle of these bytes, in whichever file of the
// folder they are.
func flip(t *testing.T, dir string, data []byte) {
	t.Helper()
	flipIn(t, dir, "*", data)
}

func flipIn(t *testing.T, dir, pattern string, data []byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	check(t, err)
	for _, path := range files {
		all, err := os.ReadFile(path)
		check(t, err)
		if at := bytes.Index(all, data); at >= 0 {
			all[at+len(data)/2] ^= 4
			check(t, os.WriteFile(path, all, 0o600))
			return
		}
	}
	t.Fatal("the block is in no file")
}

func damages(t *testing.T, s *store.Store) (store.Verified, []store.Damage) {
	t.Helper()
	var found []store.Damage
	v, err := s.Verify(t.Context(), func(d store.Damage) error {
		found = append(found, d)
		return nil
	}, nil)
	check(t, err)
	return v, found
}

func TestDamagedBlockIsNamed(t *testing.T) {
	list := []content.Block{raw(1, 50<<10), raw(2, 50<<10), raw(3, 50<<10)}
	bad := list[1]
	s := damagedHome(t, list, func(dir string) { flip(t, dir, bad.Data) })
	ctx := t.Context()
	_, err := s.Get(ctx, bad.CID)
	wantKind(t, err, content.Corrupt)
	t.Log(content.Message(err))
	_, err = s.Published().Get(ctx, bad.CID)
	wantKind(t, err, content.Corrupt)
	for _, b := range []content.Block{list[0], list[2]} {
		if got, err := s.Get(ctx, b.CID); err != nil || !bytes.Equal(got, b.Data) {
			t.Errorf("another block: %v", err)
		}
	}
	v, found := damages(t, s)
	if v.Blocks != 3 || v.Damaged != 1 || len(found) != 1 || !found[0].CID.Equals(bad.CID) {
		t.Fatalf("%+v found %+v", v, found)
	}
	if pins := found[0].Pins; len(pins) != 1 || pins[0].Account != account(1) || pins[0].Referrer != path(content.TID(2).String()) {
		t.Errorf("pinned by %+v", pins)
	}
	repair(t, s, bad)
}

// repair does as a follower does: drops the block and fetches it again.
func repair(t *testing.T, s *store.Store, bad content.Block) {
	t.Helper()
	ctx := t.Context()
	check(t, s.Delete(ctx, bad.CID))
	_, err := s.Get(ctx, bad.CID)
	wantKind(t, err, content.NotFound)
	check(t, s.Put(ctx, bad))
	if got, err := s.Get(ctx, bad.CID); err != nil || !bytes.Equal(got, bad.Data) {
		t.Errorf("after the repair: %v", err)
	}
	if _, found := damages(t, s); len(found) != 0 {
		t.Errorf("after the repair: %+v", found)
	}
	if !isPublished(t, s, bad.CID) {
		t.Error("the pin is lost")
	}
}

// A page of badger's tables that is damaged hides keys, without an error: Verify
// says so, and what is hidden can be fetched again.
func TestDamagedTable(t *testing.T) {
	var list []content.Block
	for i := range 500 {
		list = append(list, raw(uint64(i), 500))
	}
	slices.SortFunc(list, func(a, b content.Block) int { return bytes.Compare(a.CID.Hash(), b.CID.Hash()) })
	hash := list[250].CID.Hash()
	s := damagedHome(t, list, func(dir string) { flipIn(t, dir, "*.sst", hash[len(hash)-20:]) })
	if got, err := s.Get(t.Context(), list[0].CID); err != nil || !bytes.Equal(got, list[0].Data) {
		t.Errorf("a block of another page: %v", err)
	}
	_, err := s.Verify(t.Context(), func(store.Damage) error { return nil }, nil)
	wantKind(t, err, content.Corrupt)
	t.Log(err)
	check(t, s.Put(t.Context(), list...))
	for i, b := range list {
		if got, err := s.Get(t.Context(), b.CID); err != nil || !bytes.Equal(got, b.Data) {
			t.Fatalf("block %d, put again: %v", i, err)
		}
	}
}

// The index is made anew where it is damaged; state is not.
func TestDamagedDatabases(t *testing.T) {
	damaged := func(name string) error {
		home := t.TempDir()
		s := open(t, home)
		set(t, s.State().Bucket("x/"), "a")
		set(t, s.Index().Bucket("x/"), "a")
		check(t, s.Close())
		flip(t, filepath.Join(home, name), []byte("x/a"))
		s, err := store.Open(t.Context(), home, small)
		if err == nil {
			if _, err := s.Index().Bucket("x/").Get(t.Context(), []byte("a")); content.KindOf(err) != content.NotFound {
				t.Errorf("the damaged index is in use: %v", err)
			}
			set(t, s.Index().Bucket("x/"), "b")
			check(t, s.Close())
		}
		return err
	}
	check(t, damaged("index"))
	err := damaged("state")
	wantKind(t, err, content.Corrupt)
	t.Log(content.Message(err))
}

func TestTruncatedLogOpens(t *testing.T) {
	list := []content.Block{raw(1, 50<<10), raw(2, 50<<10), raw(3, 50<<10)}
	s := damagedHome(t, list, func(dir string) {
		logs, err := filepath.Glob(filepath.Join(dir, "*.vlog"))
		check(t, err)
		for _, log := range logs {
			if info, err := os.Stat(log); err == nil && info.Size() > 100<<10 {
				check(t, os.Truncate(log, info.Size()-1000)) // into the last block
			}
		}
	})
	for _, b := range list[:2] {
		if got, err := s.Get(t.Context(), b.CID); err != nil || !bytes.Equal(got, b.Data) {
			t.Errorf("an earlier block: %v", err)
		}
	}
	_, err := s.Get(t.Context(), list[2].CID)
	wantKind(t, err, content.Corrupt)
	if _, found := damages(t, s); len(found) != 1 || !found[0].CID.Equals(list[2].CID) {
		t.Errorf("found %+v", found)
	}
	repair(t, s, list[2])
}

// A crash may cut the newest log anywhere in what was never acknowledged.
func TestTornTailAfterCrash(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	defer func() { check(t, s.Close()) }()
	list := []content.Block{raw(1, 50<<10), raw(2, 50<<10)}
	check(t, s.Publish(t.Context(), publication(account(1), 1, path("a"), list[0])))
	check(t, s.Put(t.Context(), list[1]))
	crashed := filepath.Join(t.TempDir(), "crashed")
	check(t, os.CopyFS(crashed, os.DirFS(home)))
	zero(t, filepath.Join(crashed, "blocks"), list[1].Data[20<<10:])
	after := open(t, crashed)
	defer func() { check(t, after.Close()) }()
	if got, err := after.Get(t.Context(), list[0].CID); err != nil || !bytes.Equal(got, list[0].Data) {
		t.Errorf("the acknowledged block: %v", err)
	}
	if _, err := after.Get(t.Context(), list[1].CID); err == nil {
		t.Error("a torn block is given out")
	}
	check(t, after.Delete(t.Context(), list[1].CID))
	check(t, after.Put(t.Context(), list[1]))
	if got, err := after.Get(t.Context(), list[1].CID); err != nil || !bytes.Equal(got, list[1].Data) {
		t.Errorf("the torn block, fetched again: %v", err)
	}
}

// zero overwrites these bytes, in whichever file of the folder they are, as a
// page that was never written reads.
func zero(t *testing.T, dir string, data []byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.vlog"))
	check(t, err)
	for _, path := range files {
		all, err := os.ReadFile(path)
		check(t, err)
		if at := bytes.Index(all, data); at >= 0 {
			clear(all[at : at+len(data)])
			check(t, os.WriteFile(path, all, 0o600))
			return
		}
	}
	t.Fatal("the block is in no file")
}

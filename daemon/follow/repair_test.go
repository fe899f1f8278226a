package follow_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/follow"
)

// spoil turns over one bit of a block in the files of a node that is closed.
func (n *node) spoil(data []byte) {
	n.t.Helper()
	logs, err := filepath.Glob(filepath.Join(n.dir, "blocks", "*.vlog"))
	check(n.t, err)
	for _, path := range logs {
		all, err := os.ReadFile(path)
		check(n.t, err)
		if at := bytes.Index(all, data); at >= 0 {
			all[at+len(data)/2] ^= 4
			check(n.t, os.WriteFile(path, all, 0o600))
			return
		}
	}
	n.t.Fatal("the block is in no file")
}

// damage returns what a verification finds.
func (n *node) damage() (found []store.Damage) {
	n.t.Helper()
	_, err := n.Store.Verify(n.t.Context(), func(d store.Damage) error {
		found = append(found, d)
		return nil
	}, nil)
	check(n.t, err)
	return found
}

func (n *node) block(c cid.Cid) []byte {
	n.t.Helper()
	b, err := n.Store.Get(n.t.Context(), c)
	check(n.t, err)
	return b
}

// TestDamagedBlocksComeAgain: a photo, a record and a tree node of a followed
// account are damaged while the reader is off.
func TestDamagedBlocksComeAgain(t *testing.T) {
	t.Parallel()
	author, reader, first := pair(t)
	bad := []cid.Cid{first.files[1].CID, first.cid, reader.holds(author).Commit.Data.Cid}
	want := make([][]byte, len(bad))
	for i, c := range bad {
		want[i] = reader.block(c)
	}
	reader.close()
	for _, data := range want {
		reader.spoil(data)
	}
	reader = reader.again()
	found := reader.damage()
	if len(found) != len(bad) {
		t.Fatalf("%d damaged blocks are found", len(found))
	}
	n, err := reader.Keeper.Repair(t.Context(), found)
	if err != nil || n != len(bad) {
		t.Fatalf("%d are fetched again: %v", n, err)
	}
	connect(t, reader, author)
	reader.waitFor(author, first)
	reader.waitPhase(author, follow.Current)
	for i, c := range bad {
		if !bytes.Equal(reader.block(c), want[i]) {
			t.Errorf("block %d is another", i)
		}
	}
	if left := reader.damage(); len(left) != 0 {
		t.Errorf("%d are still damaged", len(left))
	}
}

// TestDamagedSourceComesAgain: a reader had asked for a full-size photo, which
// nobody fetches unasked.
func TestDamagedSourceComesAgain(t *testing.T) {
	t.Parallel()
	author, reader, _ := pair(t)
	p, source := author.postSource("large")
	reader.waitFor(author, p)
	check(t, reader.Keeper.FetchFile(t.Context(), source[0].CID))
	reader.close()
	reader.spoil(source[2].Data)
	reader = reader.again()
	if n, err := reader.Keeper.Repair(t.Context(), reader.damage()); n != 1 || err != nil {
		t.Fatalf("%d are fetched again: %v", n, err)
	}
	connect(t, reader, author)
	eventually(t, "the source", func() bool { return reader.gives(source) })
	if left := reader.damage(); len(left) != 0 {
		t.Errorf("%d are still damaged", len(left))
	}
}

// TestFollowerGivesBackWhatIsDamaged: the author's own photo is damaged, and a
// follower has it.
func TestFollowerGivesBackWhatIsDamaged(t *testing.T) {
	t.Parallel()
	author, reader, first := pair(t)
	author.close()
	author.spoil(first.files[0].Data)
	author = author.again()
	found := author.damage()
	if n, err := author.Keeper.Repair(t.Context(), found); err != nil || n != 0 {
		t.Errorf("nobody is known who has it, and %d are hoped for: %v", n, err)
	}
	connect(t, author, reader)
	eventually(t, "the photo", func() bool {
		b, err := author.Store.Get(t.Context(), first.files[0].CID)
		return err == nil && bytes.Equal(b, first.files[0].Data)
	})
	if n, err := author.Keeper.Repair(t.Context(), author.damage()); n != 0 || err != nil {
		t.Errorf("%d are still damaged: %v", n, err)
	}
}

// TestNothingIsDeletedInVain: what is damaged and belongs to nobody's account is
// the collection's business.
func TestNothingIsDeletedInVain(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	b := content.NewBlock(content.Raw, []byte("an upload"))
	check(t, n.Store.Put(t.Context(), b))
	if count, err := n.Keeper.Repair(t.Context(), []store.Damage{{CID: b.CID}}); count != 0 || err != nil {
		t.Errorf("%d, %v", count, err)
	}
	if has, err := n.Store.Has(t.Context(), b.CID); !has || err != nil {
		t.Errorf("it was deleted: %v", err)
	}
}

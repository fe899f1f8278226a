package merkle_test

import (
	"encoding/hex"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rossgram.app/content"
	"rossgram.app/content/merkle"
)

// The entries and the roots over the first of them are those of Certificate
// Transparency's own tests.
func TestPublishedRoots(t *testing.T) {
	entries := []string{
		"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
	}
	var leaves []merkle.Hash
	for i, want := range []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	} {
		if root := merkle.New(leaves).Root(); hex.EncodeToString(root[:]) != want {
			t.Errorf("over %d: got %x, want %s", i, root, want)
		}
		if i < len(entries) {
			b, err := hex.DecodeString(entries[i])
			if err != nil {
				t.Fatal(err)
			}
			leaves = append(leaves, merkle.Leaf(b))
		}
	}
}

func leaves(n int) []merkle.Hash {
	list := make([]merkle.Hash, n)
	for i := range list {
		list[i] = merkle.Leaf([]byte{byte(i >> 8)}, []byte{byte(i)})
	}
	return list
}

// Every entry has a proof, and it is of no other leaf, place, length or root.
func TestProofs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 600).Draw(t, "entries")
		i := rapid.IntRange(0, n-1).Draw(t, "place")
		list := leaves(n)
		tree := merkle.New(list)
		root := tree.Root()
		path, err := tree.Prove(i)
		if err != nil || !merkle.Verify(root, int64(n), int64(i), list[i], path) {
			t.Fatalf("place %d of %d: %v", i, n, err)
		}
		j := rapid.IntRange(0, n+1).Draw(t, "another place")
		if j != i && merkle.Verify(root, int64(n), int64(j), list[i], path) {
			t.Errorf("the proof of %d is one of %d", i, j)
		}
		if merkle.Verify(root, int64(n), int64(i), merkle.Leaf([]byte("other")), path) {
			t.Error("the proof is one of another leaf")
		}
		if len(path) > 0 {
			damaged := slices.Clone(path)
			damaged[rapid.IntRange(0, len(path)-1).Draw(t, "hash")][0] ^= 1
			if merkle.Verify(root, int64(n), int64(i), list[i], damaged) || merkle.Verify(root, int64(n), int64(i), list[i], path[1:]) {
				t.Error("a damaged proof passes")
			}
		}
		if merkle.Verify(root, int64(n), int64(i), list[i], append(slices.Clone(path), root)) {
			t.Error("a proof with a hash too many passes")
		}
	})
}

func TestNoSuchPlace(t *testing.T) {
	tree := merkle.New(leaves(3))
	for _, i := range []int{-1, 3} {
		if _, err := tree.Prove(i); content.KindOf(err) != content.NotFound {
			t.Errorf("%d: %v", i, err)
		}
	}
	root := tree.Root()
	for _, size := range []int64{-1, 0, 2} {
		if merkle.Verify(root, size, 2, merkle.Hash{}, nil) {
			t.Errorf("place 2 of %d", size)
		}
	}
}

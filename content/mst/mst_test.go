package mst_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"
	"pgregory.net/rapid"

	"rossgram.app/content"
	"rossgram.app/content/mst"
)

// memory is a block store without a disk.
type memory map[cid.Cid][]byte

func (m memory) Get(_ context.Context, c cid.Cid) ([]byte, error) {
	b, ok := m[c]
	if !ok {
		return nil, content.Errorf("memory.Get", content.NotFound, "no block "+c.String())
	}
	return b, nil
}

// seal stores a tree's new nodes and returns its root.
func (m memory) seal(t testing.TB, tree *mst.Tree) cid.Cid {
	t.Helper()
	root, blocks, err := tree.Seal()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		m[b.CID] = b.Data
	}
	return root
}

// fataler is what *testing.T and *rapid.T have in common.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func put(t fataler, tree *mst.Tree, key string, value cid.Cid) *mst.Tree {
	t.Helper()
	tree, err := tree.Put(context.Background(), key, value)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func remove(t fataler, tree *mst.Tree, key string) *mst.Tree {
	t.Helper()
	tree, err := tree.Delete(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func value(s string) cid.Cid { return content.Sum(content.DagCBOR, []byte(s)) }

type vectors struct {
	Value  string
	Layers map[string]int
	Trees  []struct {
		Name              string
		Keys, Add, Delete []string
		Root, After       string
		Proof             []string
	}
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	b, err := os.ReadFile("testdata/atproto.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPublishedLayers(t *testing.T) {
	for key, want := range readVectors(t).Layers {
		if got := mst.Layer(key); got != want {
			t.Errorf("%s is in layer %d, want %d", key, got, want)
		}
	}
}

func TestPublishedTrees(t *testing.T) {
	v := readVectors(t)
	leaf := cid.MustParse(v.Value)
	for _, c := range v.Trees {
		t.Run(c.Name, func(t *testing.T) {
			store := memory{}
			tree := mst.Empty(store)
			for _, k := range c.Keys {
				tree = put(t, tree, k, leaf)
			}
			before := store.seal(t, tree)
			if before.String() != c.Root {
				t.Fatalf("root %s, want %s", before, c.Root)
			}
			if c.After == "" {
				return
			}
			// From here on the nodes come from the store, as after a start.
			tree = mst.Load(store, before)
			for _, k := range c.Add {
				tree = put(t, tree, k, leaf)
			}
			for _, k := range c.Delete {
				tree = remove(t, tree, k)
			}
			after := store.seal(t, tree)
			if after.String() != c.After {
				t.Fatalf("after the change: root %s, want %s", after, c.After)
			}
			nodes := map[cid.Cid]bool{}
			reach(t, store, after, nodes)
			for _, n := range c.Proof {
				if !nodes[cid.MustParse(n)] {
					t.Errorf("the tree lacks %s of the published proof", n)
				}
			}
		})
	}
}

func drawKey(t *rapid.T) string {
	return rapid.StringMatching(`app\.rossgram\.(post|like)/[a-c]{1,4}`).Draw(t, "key")
}

func drawMap(t *rapid.T, label string) map[string]cid.Cid {
	words := rapid.MapOf(rapid.Custom(drawKey), rapid.SampledFrom([]string{"x", "y", "z"})).Draw(t, label)
	m := make(map[string]cid.Cid, len(words))
	for k, v := range words {
		m[k] = value(v)
	}
	return m
}

func build(t fataler, store memory, m map[string]cid.Cid, keys []string) *mst.Tree {
	tree := mst.Empty(store)
	for _, k := range keys {
		tree = put(t, tree, k, m[k])
	}
	root, blocks, err := tree.Seal()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		store[b.CID] = b.Data
	}
	return mst.Load(store, root)
}

func root(t fataler, tree *mst.Tree) cid.Cid {
	t.Helper()
	c, _, err := tree.Seal()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func contents(t fataler, tree *mst.Tree) map[string]cid.Cid {
	t.Helper()
	m := map[string]cid.Cid{}
	err := tree.Walk(context.Background(), mst.Span{}, mst.Forward, func(k string, v cid.Cid) bool {
		m[k] = v
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestOrderOfInsertionDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store, m := memory{}, drawMap(t, "map")
		sorted := slices.Sorted(maps.Keys(m))
		shuffled := rapid.Permutation(sorted).Draw(t, "order")
		a, b := build(t, store, m, sorted), build(t, store, m, shuffled)
		if !root(t, a).Equals(root(t, b)) {
			t.Fatalf("%v", m)
		}
		if !maps.Equal(contents(t, a), m) {
			t.Fatalf("the tree does not hold what was put in")
		}
	})
}

func TestDeleteUndoesPut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store, m, more := memory{}, drawMap(t, "map"), drawMap(t, "more")
		tree := build(t, store, m, slices.Sorted(maps.Keys(m)))
		want := root(t, tree)
		changed := tree
		for k, v := range more {
			if _, there := m[k]; !there {
				changed = put(t, changed, k, v)
			}
		}
		for k := range more {
			if _, there := m[k]; !there {
				changed = remove(t, changed, k)
			}
		}
		if got := root(t, changed); !got.Equals(want) {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

func TestDiffLeadsFromOneTreeToTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store, a, b := memory{}, drawMap(t, "a"), drawMap(t, "b")
		if rapid.Bool().Draw(t, "related") {
			for k, v := range a {
				b[k] = v
			}
		}
		old := build(t, store, a, slices.Sorted(maps.Keys(a)))
		next := build(t, store, b, slices.Sorted(maps.Keys(b)))
		d, err := mst.Diff(context.Background(), old, next)
		if err != nil {
			t.Fatal(err)
		}
		got := maps.Clone(a)
		for _, c := range d.Changes {
			if c.Old.Defined() != a[c.Key].Defined() || !c.Old.Equals(a[c.Key]) {
				t.Fatalf("%s was %s, the difference says %s", c.Key, a[c.Key], c.Old)
			}
			if got[c.Key] = c.New; !c.New.Defined() {
				delete(got, c.Key)
			}
		}
		if !maps.Equal(got, b) {
			t.Fatalf("applied it gives %v, want %v", got, b)
		}
		checkNodes(t, store, old, next, d)
	})
}

// checkNodes holds the nodes added and dropped against a full count.
func checkNodes(t *rapid.T, store memory, old, next *mst.Tree, d *mst.Difference) {
	t.Helper()
	nodes := map[cid.Cid]bool{}
	reach(t, store, root(t, old), nodes)
	for _, c := range d.Dropped {
		delete(nodes, c)
	}
	for _, c := range d.Added {
		nodes[c] = true
	}
	want := map[cid.Cid]bool{}
	reach(t, store, root(t, next), want)
	if !maps.Equal(nodes, want) {
		t.Fatalf("nodes after the difference: %v, want %v", nodes, want)
	}
}

func reach(t fataler, store memory, c cid.Cid, seen map[cid.Cid]bool) {
	seen[c] = true
	nodes, _, err := mst.Links(store[c])
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		reach(t, store, n, seen)
	}
}

func TestProofs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store, m := memory{}, drawMap(t, "map")
		tree := build(t, store, m, slices.Sorted(maps.Keys(m)))
		key := drawKey(t)
		proof, err := tree.Prove(context.Background(), key)
		if err != nil {
			t.Fatal(err)
		}
		top := root(t, tree)
		got, err := mst.VerifyProof(top, key, proof)
		if err != nil || !got.Equals(m[key]) {
			t.Fatalf("got %s, %v; want %s", got, err, m[key])
		}
		i := rapid.IntRange(0, len(proof)-1).Draw(t, "block")
		if _, err := mst.VerifyProof(top, key, slices.Delete(slices.Clone(proof), i, i+1)); err == nil {
			t.Fatal("a proof without one of its blocks passes")
		}
		broken := slices.Clone(proof)
		broken[i].Data = slices.Clone(broken[i].Data)
		broken[i].Data[rapid.IntRange(0, len(broken[i].Data)-1).Draw(t, "byte")] ^= 1
		if _, err := mst.VerifyProof(top, key, broken); err == nil {
			t.Fatal("a changed proof passes")
		}
	})
}

func TestWalkSpans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store, m := memory{}, drawMap(t, "map")
		tree := build(t, store, m, slices.Sorted(maps.Keys(m)))
		prefix := rapid.SampledFrom([]string{"", "app.rossgram.post/", "app.rossgram.post/a", "zzz"}).Draw(t, "prefix")
		var want []string
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if strings.HasPrefix(k, prefix) {
				want = append(want, k)
			}
		}
		limit := rapid.IntRange(1, 5).Draw(t, "limit")
		for _, d := range []mst.Direction{mst.Forward, mst.Backward} {
			var got []string
			err := tree.Walk(context.Background(), mst.PrefixSpan(prefix), d, func(k string, _ cid.Cid) bool {
				got = append(got, k)
				return len(got) < limit
			})
			if err != nil || !slices.Equal(got, want[:min(limit, len(want))]) {
				t.Fatalf("%v: got %v, want the first %d of %v", err, got, limit, want)
			}
			slices.Reverse(want)
		}
	})
}

func TestOpeningALargeTreeReadsFewNodes(t *testing.T) {
	store := memory{}
	big := large(t, store, 20_000)
	counter := &counting{memory: store}
	tree := mst.Load(counter, big)
	if _, err := tree.Get(context.Background(), largeKey(7)); err != nil {
		t.Fatal(err)
	}
	if counter.reads > 12 {
		t.Errorf("%d nodes read for one record of 20,000", counter.reads)
	}
}

type counting struct {
	memory
	reads int
}

func (c *counting) Get(ctx context.Context, id cid.Cid) ([]byte, error) {
	c.reads++
	return c.memory.Get(ctx, id)
}

func largeKey(i int) string {
	return "app.rossgram.post/" + content.TID(uint64(i)*1_000_003<<10).String()
}

func large(t testing.TB, store memory, n int) cid.Cid {
	tree := mst.Empty(store)
	for i := range n {
		tree = put(t, tree, largeKey(i), value("x"))
	}
	return store.seal(t, tree)
}

package mst_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/mst"
)

// wireNode and wireEntry are a node as a second implementation would write it.
type wireNode struct {
	E []wireEntry   `cbor:"e"`
	L *dagcbor.Link `cbor:"l"`
}

type wireEntry struct {
	K []byte        `cbor:"k"`
	P int           `cbor:"p"`
	T *dagcbor.Link `cbor:"t"`
	V dagcbor.Link  `cbor:"v"`
}

// Keys of known layers, from the published vectors: "2653ae71" and "asdf" are of
// layer 0, "blue" of 1, "88bfafc7" of 2.
func wire(key string, prefix int, right *dagcbor.Link) wireEntry {
	return wireEntry{[]byte(key), prefix, right, dagcbor.Link{Cid: value("x")}}
}

func (m memory) node(t testing.TB, left *dagcbor.Link, es ...wireEntry) *dagcbor.Link {
	t.Helper()
	data, err := dagcbor.Marshal(wireNode{es, left})
	if err != nil {
		t.Fatal(err)
	}
	b := content.NewBlock(content.DagCBOR, data)
	m[b.CID] = data
	return dagcbor.LinkTo(b.CID)
}

func TestHostileTrees(t *testing.T) {
	s := memory{}
	low := s.node(t, nil, wire("asdf", 0, nil))
	raw := dagcbor.LinkTo(content.Sum(content.Raw, []byte("a photo")))
	for name, c := range map[string]struct {
		root *dagcbor.Link
		want content.Kind
	}{
		"honest":                       {s.node(t, low, wire("blue", 0, nil)), content.Other},
		"keys of two layers":           {s.node(t, nil, wire("asdf", 0, nil), wire("blue", 0, nil)), content.Invalid},
		"unsorted":                     {s.node(t, nil, wire("asdf", 0, nil), wire("2653ae71", 0, nil)), content.Invalid},
		"a key twice":                  {s.node(t, nil, wire("asdf", 0, nil), wire("", 4, nil)), content.Invalid},
		"a prefix too long":            {s.node(t, nil, wire("asdf", 3, nil)), content.Invalid},
		"a negative prefix":            {s.node(t, nil, wire("asdf", -1, nil)), content.Invalid},
		"an empty key":                 {s.node(t, nil, wire("", 0, nil)), content.Invalid},
		"a key too long":               {s.node(t, nil, wire(string(make([]byte, mst.MaxKeyLen+1)), 0, nil)), content.Invalid},
		"a layer skipped":              {s.node(t, low, wire("88bfafc7", 0, nil)), content.Invalid},
		"a child on the wrong side":    {s.node(t, nil, wire("blue", 0, low)), content.Invalid},
		"a child twice":                {s.node(t, low, wire("blue", 0, low)), content.Invalid},
		"an empty child":               {s.node(t, s.node(t, nil), wire("blue", 0, nil)), content.Invalid},
		"a child below the bottom":     {s.node(t, low, wire("asdf", 0, nil)), content.Invalid},
		"a top without keys":           {s.node(t, s.node(t, low, wire("blue", 0, nil))), content.Invalid},
		"a link to a photo":            {s.node(t, raw, wire("blue", 0, nil)), content.Invalid},
		"a node that is not there":     {s.node(t, dagcbor.LinkTo(value("gone")), wire("blue", 0, nil)), content.Unavailable},
		"a root that is not there":     {dagcbor.LinkTo(value("gone")), content.Unavailable},
		"a tail of nodes without keys": {s.node(t, s.node(t, s.node(t, nil)), wire("88bfafc7", 0, nil)), content.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			everyWay(t, s, c.root.Cid, c.want)
		})
	}
}

// everyWay reads a whole tree by every way there is, and wants one outcome.
func everyWay(t *testing.T, s memory, root cid.Cid, want content.Kind) {
	t.Helper()
	ctx, all := context.Background(), func(string, cid.Cid) bool { return true }
	_, single := mst.Diff(ctx, mst.Empty(s), mst.Load(s, root))
	_, batched := mst.Diff(ctx, mst.Empty(s), mst.Load(&batches{memory: s}, root))
	for way, err := range map[string]error{
		"walk":         mst.Load(s, root).Walk(ctx, mst.Span{}, mst.Forward, all),
		"walk back":    mst.Load(s, root).Walk(ctx, mst.Span{}, mst.Backward, all),
		"diff":         single,
		"batched diff": batched,
	} {
		if (err == nil) != (want == content.Other) || content.KindOf(err) != want {
			t.Errorf("%s: %v, want kind %v", way, err, want)
		}
	}
}

// batches counts round trips.
type batches struct {
	memory
	trips int
}

func (b *batches) Get(ctx context.Context, c cid.Cid) ([]byte, error) {
	b.trips++
	return b.memory.Get(ctx, c)
}

func (b *batches) GetMany(ctx context.Context, cs []cid.Cid) ([][]byte, error) {
	b.trips++
	out := make([][]byte, len(cs))
	for i, c := range cs {
		var err error
		if out[i], err = b.memory.Get(ctx, c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func TestDiffNeedsFewRoundTrips(t *testing.T) {
	local := memory{}
	root := large(t, local, 2000)
	old, remote := mst.Load(local, root), memory{}
	next := old
	for i := range 200 {
		next = put(t, next, largeKey(i*10), value("edited"))
	}
	top, blocks, err := next.Seal()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		remote[b.CID] = b.Data // what the network has and we do not
	}
	net := &batches{memory: remote}
	d, err := mst.Diff(context.Background(), mst.Load(local, root), mst.Load(net, top))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Changes) != 200 || len(d.Added) != len(blocks) {
		t.Errorf("%d changes and %d nodes, want 200 and %d", len(d.Changes), len(d.Added), len(blocks))
	}
	if net.trips > 10 {
		t.Errorf("%d round trips for %d nodes", net.trips, len(blocks))
	}
}

func FuzzLoad(f *testing.F) {
	s := memory{}
	low := s.node(f, nil, wire("asdf", 0, nil))
	s.node(f, low, wire("blue", 0, nil))
	for _, c := range slices.SortedFunc(maps.Keys(s), func(a, b cid.Cid) int { return bytes.Compare(a.Bytes(), b.Bytes()) }) {
		f.Add(s[c])
	}
	f.Add([]byte{0xa2, 0x61, 'e', 0x80, 0x61, 'l', 0xf6})
	f.Fuzz(func(t *testing.T, data []byte) {
		b := content.NewBlock(content.DagCBOR, data)
		m := memory{b.CID: data}
		before := ""
		_ = mst.Load(m, b.CID).Walk(context.Background(), mst.Span{}, mst.Forward, func(k string, _ cid.Cid) bool {
			if k <= before {
				t.Fatalf("%q after %q", k, before)
			}
			before = k
			return true
		})
		if _, _, err := mst.Links(data); err == nil {
			if _, err := mst.VerifyProof(b.CID, "blue", []content.Block{b}); err != nil && content.KindOf(err) == content.Other {
				t.Fatalf("an error without a kind: %v", err)
			}
		}
	})
}

func BenchmarkPutInto100000(b *testing.B) {
	store := memory{}
	root := large(b, store, 100_000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tree := put(b, mst.Load(store, root), largeKey(i%100_000)+"x", value("y"))
		if _, _, err := tree.Seal(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyProofOf100000(b *testing.B) {
	store := memory{}
	root := large(b, store, 100_000)
	proof, err := mst.Load(store, root).Prove(context.Background(), largeKey(77))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mst.VerifyProof(root, largeKey(77), proof); err != nil {
			b.Fatal(err)
		}
	}
}

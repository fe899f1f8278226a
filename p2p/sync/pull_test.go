package sync_test

import (
	"bytes"
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/mst"
	"rossgram.app/p2p/internal/p2ptest"
	psync "rossgram.app/p2p/sync"
)

// TestPullBringsARepository: all of it, records before photos, the photos of the
// newest posts only.
func TestPullBringsARepository(t *testing.T) {
	l := newLibrary(t)
	var newest content.Block
	for i := range 300 {
		newest = l.photo(i, 3000)
		l.post(i, newest)
	}
	head := l.commit()
	a, b := meet(t, l)
	var got basin
	pulled, err := a.sync.Pull(p2ptest.Context(t), b.ID(), psync.Want{Account: l.account.ID, Ahead: 10_000}, &got)
	if err != nil {
		t.Fatal(err)
	}
	if pulled.Head.Version() != head.Version() || len(pulled.Commits) != 1 || l.missing(&got, head) != 0 {
		t.Errorf("%d commits, %d records missing", len(pulled.Commits), l.missing(&got, head))
	}
	photos := slices.DeleteFunc(slices.Clone(got.order), func(c cid.Cid) bool { return c.Type() == cid.DagCBOR })
	if len(photos) != 4 || photos[0] != newest.CID || !slices.Equal(photos, got.order[len(got.order)-4:]) {
		t.Errorf("%d photos", len(photos))
	}
}

// TestPullBringsOnlyWhatIsNew: a post edited, one deleted, and a hundred added cost
// these and the nodes that changed.
func TestPullBringsOnlyWhatIsNew(t *testing.T) {
	l := newLibrary(t)
	for i := range 2000 {
		l.post(i)
	}
	before := l.commit()
	have := l.names(before)
	var err error
	if l.tree, err = l.tree.Delete(t.Context(), key(7)); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		l.post(2000 + i)
		l.commit()
	}
	l.add(p2ptest.Tree(t, 99999))
	if l.tree, err = l.tree.Put(t.Context(), key(55), p2ptest.Tree(t, 99999).CID); err != nil {
		t.Fatal(err)
	}
	after := l.commit()
	a, b := meet(t, l)
	var got basin
	pulled, err := a.sync.Pull(p2ptest.Context(t), b.ID(), psync.Want{Account: l.account.ID, Since: before.Version(), Have: have}, &got)
	if err != nil {
		t.Fatal(err)
	}
	records := 0
	for _, c := range got.order {
		if _, ok := filesOfNode(l.blocks[c].Data); !ok {
			records++
		}
	}
	if records != 101 || len(pulled.Commits) != 102 {
		t.Errorf("%d records, want the 101 that are new; %d commits", records, len(pulled.Commits))
	}
	if nodes := len(got.order) - records; nodes > 100 {
		t.Errorf("%d nodes", nodes)
	}
	for _, c := range got.order {
		if slices.Contains(have, psync.Prefix(c)) {
			t.Errorf("%s came again", c)
		}
	}
	if !pulled.Commits[0].CID.Equals(p2ptest.CommitBlock(t, after).CID) {
		t.Error("the commits do not begin at the head")
	}
}

// filesOfNode tells a node of the tree from a record of these tests.
func filesOfNode(data []byte) (int, bool) {
	var n struct {
		E []any `cbor:"e"`
	}
	err := dagcbor.Unmarshal(data, &n)
	return len(n.E), err == nil && n.E != nil
}

// TestPullThatWasCutGoesOn: what came before the cut does not come again, but for
// the nodes that were on the way.
func TestPullThatWasCutGoesOn(t *testing.T) {
	l := newLibrary(t)
	for i := range 1500 {
		l.post(i)
	}
	head := l.commit()
	a, b := meet(t, l)
	first := basin{most: 900}
	want := psync.Want{Account: l.account.ID}
	if _, err := a.sync.Pull(p2ptest.Context(t), b.ID(), want, &first); content.KindOf(err) != content.Quota {
		t.Fatalf("the sink's failure: %v", err)
	}
	has := func(c cid.Cid) (bool, error) { _, ok := first.have[c]; return ok, nil }
	nodes, records, err := mst.Load(&first, head.Commit.Data.Cid).Whole(t.Context(), has)
	if err != nil || len(records) < 500 {
		t.Fatalf("%d records before the cut: %v", len(records), err)
	}
	for _, c := range append(nodes, records...) {
		want.Have = append(want.Have, psync.Prefix(c))
	}
	var second basin
	if _, err := a.sync.Pull(p2ptest.Context(t), b.ID(), want, &second); err != nil {
		t.Fatal(err)
	}
	again := 0
	for _, c := range second.order {
		if _, ok := first.have[c]; ok {
			again++
		}
	}
	for c, data := range first.have {
		second.have[c] = data
	}
	if again > 20 || l.missing(&second, head) != 0 {
		t.Errorf("%d blocks came again, %d records never", again, l.missing(&second, head))
	}
}

// TestPullLeavesOutWhatIsDamaged: a holder that lacks a record or a part of the
// tree sends the rest.
func TestPullLeavesOutWhatIsDamaged(t *testing.T) {
	l := newLibrary(t)
	for i := range 100 {
		l.post(i)
	}
	head := l.commit()
	held := newArchive(t)
	held.heads, held.commits = l.archive.heads, l.commits
	for c, b := range l.blocks {
		held.blocks[c] = b
	}
	delete(held.blocks, p2ptest.Tree(t, 50).CID)
	a, b := newNode(t, newArchive(t), psync.Limits{}), newNode(t, held, psync.Limits{})
	p2ptest.Connect(t, a.Host, b.Host)
	var got basin
	if _, err := a.sync.Pull(p2ptest.Context(t), b.ID(), psync.Want{Account: l.account.ID}, &got); err != nil {
		t.Fatal(err)
	}
	if n := l.missing(&got, head); n != 1 {
		t.Errorf("%d records are missing, want the one that is not held", n)
	}
}

func TestPullOfNothingNew(t *testing.T) {
	l := newLibrary(t)
	l.post(1)
	head := l.commit()
	a, b := meet(t, l)
	_, err := a.sync.Pull(p2ptest.Context(t), b.ID(), psync.Want{Account: l.account.ID, Since: head.Version()}, &basin{})
	if content.KindOf(err) != content.Unavailable {
		t.Errorf("nothing newer: %v", err)
	}
	_, err = a.sync.Pull(p2ptest.Context(t), b.ID(), psync.Want{Account: p2ptest.NewAccount(t).ID}, &basin{})
	if content.KindOf(err) != content.NotFound {
		t.Errorf("an account that is not held: %v", err)
	}
}

// TestFiles asks for files of one block and of several, for a part of one, and for
// one that is not held.
func TestFiles(t *testing.T) {
	l := newLibrary(t)
	var parts []content.Block
	for i := range 5 {
		parts = append(parts, l.photo(100+i, 600_000))
	}
	one, whole := l.photo(1, 900_000), l.large(parts...)
	other := l.large(l.photo(200, 3000), l.photo(201, 3000))
	unknown := content.Sum(content.Raw, []byte("nobody has it"))
	a, b := meet(t, l)
	var got basin
	ask := []cid.Cid{one.CID, unknown, whole.CID, l.photo(201, 3000).CID}
	took, err := a.sync.Files(p2ptest.Context(t), b.ID(), ask, &got)
	if err != nil {
		t.Fatal(err)
	}
	want := []cid.Cid{one.CID, whole.CID}
	for _, p := range parts {
		want = append(want, p.CID)
	}
	want = append(want, l.photo(201, 3000).CID)
	if !slices.Equal(got.order, want) || took.Blocks != len(want) {
		t.Errorf("%d blocks came, want %d in their order", len(got.order), len(want))
	}
	for c, data := range got.have {
		if !bytes.Equal(data, l.blocks[c].Data) {
			t.Errorf("%s has other bytes", c)
		}
	}
	if _, ok := got.have[other.CID]; ok {
		t.Error("what was not asked for came")
	}
}

// TestBulkIsNotHeldInMemory moves 48 MiB; what both ends keep is some batches.
func TestBulkIsNotHeldInMemory(t *testing.T) {
	source := &endless{archive: newArchive(t)}
	a, b := newNode(t, newArchive(t), psync.Limits{}), newNode(t, source, psync.Limits{})
	p2ptest.Connect(t, a.Host, b.Host)
	var ask []cid.Cid
	for i := range 48 {
		ask = append(ask, source.cid(i))
	}
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	drain := &drain{}
	if _, err := a.sync.Files(p2ptest.Context(t), b.ID(), ask, drain); err != nil || drain.blocks != 48 {
		t.Fatalf("%d blocks: %v", drain.blocks, err)
	}
	if grown := int64(drain.peak) - int64(before.HeapInuse); grown > 32<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

// endless makes blocks of 1 MiB as they are asked for.
type endless struct {
	*archive
	mu sync.Mutex
	of map[cid.Cid]int
}

func (e *endless) data(i int, b []byte) []byte {
	return append(b, bytes.Repeat([]byte{byte(i), 1, 2, 3}, 1<<18)...)
}

func (e *endless) cid(i int) cid.Cid {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.of == nil {
		e.of = make(map[cid.Cid]int)
	}
	c := content.Sum(content.Raw, e.data(i, nil))
	e.of[c] = i
	return c
}

func (e *endless) Block(_ context.Context, c cid.Cid, b []byte) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.data(e.of[c], b), nil
}

// drain forgets what it takes, and remembers the most memory in use meanwhile.
type drain struct {
	blocks int
	peak   uint64
}

func (d *drain) Put(_ context.Context, blocks ...content.Block) error {
	d.blocks += len(blocks)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	d.peak = max(d.peak, m.HeapInuse)
	return nil
}

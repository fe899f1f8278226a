package follow

import (
	"bytes"
	"testing"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
)

// stepOf returns a step of an account that offers these blocks.
func stepOf(t *testing.T, blocks ...content.Block) *step {
	t.Helper()
	st, err := store.Open(t.Context(), t.TempDir(), store.Options{Reserve: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	k := New(Parts{Store: st})
	t.Cleanup(func() { k.Close() })
	return k.newStep(&account{}, content.Head{}, offer{blocks: blocks, toll: new(toll)}, false)
}

func TestTreeBeyondTheLimitIsNotReadOn(t *testing.T) {
	t.Parallel()
	var blocks []content.Block
	var cids []cid.Cid
	for i := range maxTree/content.MaxNodeSize + 1 {
		b := content.NewBlock(content.DagCBOR, append(bytes.Repeat([]byte{0}, content.MaxNodeSize-2), byte(i), byte(i>>8)))
		blocks, cids = append(blocks, b), append(cids, b.CID)
	}
	s := stepOf(t, blocks...)
	for _, c := range cids[:len(cids)-1] {
		if _, err := s.Get(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Get(t.Context(), cids[len(cids)-1]); content.KindOf(err) != content.TooLarge {
		t.Errorf("over the limit: %v", err)
	}
}

// TestRecordsBeyondTheLimitAreNotTaken counts over all attempts at one head.
func TestRecordsBeyondTheLimitAreNotTaken(t *testing.T) {
	t.Parallel()
	s := stepOf(t)
	s.offer.toll.bytes.Store(maxRecordBytes - 10)
	small := content.NewBlock(content.DagCBOR, make([]byte, 10))
	if err := (&basket{step: s, records: true}).Put(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	again := s.newStep(s.account, content.Head{}, s.offer, false)
	if err := (&basket{step: again, records: true}).Put(t.Context(), small); content.KindOf(err) != content.TooLarge {
		t.Errorf("bytes over the limit: %v", err)
	}
	links := stepOf(t)
	links.offer.toll.links.Store(maxLinks)
	record := content.NewBlock(content.DagCBOR, append([]byte("x"), linkMark...))
	if err := (&basket{step: links, records: true}).Put(t.Context(), record); content.KindOf(err) != content.TooLarge {
		t.Errorf("links over the limit: %v", err)
	}
}

func TestTooManyRecordsAreNotTaken(t *testing.T) {
	t.Parallel()
	c := content.Sum(content.DagCBOR, []byte("a record"))
	change := &repo.Change{Records: make([]repo.RecordChange, maxRecords+1)}
	for i := range change.Records {
		change.Records[i].New = c
	}
	if _, err := wanted(change); content.KindOf(err) != content.TooLarge {
		t.Errorf("over the limit: %v", err)
	}
	change.Records = change.Records[1:]
	if _, err := wanted(change); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

func TestPausesGrow(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][2]float64{1: {3.75, 6.25}, 2: {7.5, 12.5}, 5: {60, 100}, 100: {450, 750}} {
		if d := retryAfter(n).Seconds(); d < want[0] || d > want[1] {
			t.Errorf("after %d failures: %v s", n, d)
		}
	}
}

func TestMarksAreReadAsWritten(t *testing.T) {
	t.Parallel()
	m := mark{content.Version{Epoch: 3, Rev: 1 << 40}, true}
	if got := parseMark(m.bytes()); got != m {
		t.Errorf("%+v", got)
	}
	for _, b := range [][]byte{nil, m.bytes()[1:], append(m.bytes(), 0)} {
		if got := parseMark(b); got != (mark{}) {
			t.Errorf("%x is read as %+v", b, got)
		}
	}
	if m := (mark{version: m.version}); !m.covers(m.version, false) || m.covers(m.version, true) {
		t.Error("a mark without sources covers them")
	}
}

package index_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/index"
)

// TestRecordsThatCannotBeReadAreSkipped has everything that an author's tree can
// lead to between two good posts.
func TestRecordsThatCannotBeReadAreSkipped(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	list := w.enter(anna, post(tidAt(1), "first"))
	other := w.src.add(encode(t, &record.Profile{Name: "Anna", Created: record.TimeOf(began)}))
	for i, c := range []cid.Cid{
		content.Sum(content.DagCBOR, []byte("not there")),
		w.src.add(content.Block{CID: content.Sum(content.DagCBOR, []byte{0xff}), Data: []byte{0xff}}),
		w.src.add(content.Block{CID: content.Sum(content.DagCBOR, nil)}),
		w.src.add(content.Block{CID: content.Sum(content.DagCBOR, []byte("big")), Data: bytes.Repeat([]byte{0x40}, content.MaxNodeSize+1)}),
		other, // a profile where posts are
	} {
		list = append(list, repo.RecordChange{Path: postAt(tidAt(time.Duration(2+i) * time.Second)), New: c})
	}
	list = append(list,
		repo.RecordChange{Path: "app.rossgram.post/self", New: other},
		repo.RecordChange{Path: followAt(newAccount(1)), New: w.src.add(encode(t, &record.Follow{Subject: newAccount(2).id, Created: record.TimeOf(began)}))},
		repo.RecordChange{Path: "app.rossgram.profile/other", New: other},
		repo.RecordChange{Path: "app.example.unknown/self", New: other}, // not looked at
	)
	skipped := 8
	list = append(list, w.enter(anna, post(tidAt(time.Minute), "last"))...)
	if err := w.ix.Apply(t.Context(), anna.id, content.Version{}, anna.version, list); err != nil {
		t.Fatal(err)
	}
	w.expectHome(anna, index.Page{}, "last first")
	if got := w.ix.Skipped(); got != uint64(skipped) {
		t.Errorf("%d skipped, want %d", got, skipped)
	}
	if a := w.known(anna); a.Posts != 2 || a.Following != 0 || a.Profile != nil {
		t.Errorf("%+v", a)
	}
}

func TestAPostThatBecomesUnreadableIsNotShown(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	w.commit(anna, posts(3)...)
	from := anna.version
	list := w.enter(anna, post(tidAt(time.Second), "x"))
	list[0] = repo.RecordChange{Path: postAt(tidAt(-time.Minute)), New: content.Sum(content.DagCBOR, []byte("not there"))}
	if err := w.ix.Apply(t.Context(), anna.id, from, anna.version, list); err != nil {
		t.Fatal(err)
	}
	w.expectHome(anna, index.Page{}, "p1 p0")
	if n := w.known(anna).Posts; n != 2 {
		t.Errorf("%d posts counted", n)
	}
}

// TestAPageIsFilledFromBehindPostsThatWereLost loses records after they were
// entered, as a damaged disk does.
func TestAPageIsFilledFromBehindPostsThatWereLost(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	w.commit(anna, posts(6)...)
	id := w.home(anna, index.Page{})[5].ID
	for _, n := range []int{4, 3} {
		delete(w.src.blocks, anna.records[postAt(tidAt(time.Duration(n-6)*time.Minute))])
	}
	w.open() // nothing of them in memory
	w.expectHome(anna, index.Page{Limit: 3}, "p5 p2 p1")
	w.expectHome(anna, index.Page{Limit: 3, MinID: id}, "p5 p2 p1")
	w.expectHome(anna, index.Page{Limit: 2, MinID: id}, "p2 p1")
	w.expectHome(anna, index.Page{}, "p5 p2 p1 p0")
}

func TestADiskThatFailsIsNotTheAuthorsFault(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	list := w.enter(anna, posts(3)...)
	w.src.fail = content.Errorf("source.Get", content.Other, "I/O error")
	err := w.ix.Apply(t.Context(), anna.id, content.Version{}, anna.version, list)
	refused(t, err, content.Other, "I/O error")
	w.src.fail = nil
	if err := w.ix.Replace(t.Context(), anna.id, anna.version, list); err != nil {
		t.Fatal(err)
	}
	w.expectHome(anna, index.Page{}, "p2 p1 p0")
	if n := w.ix.Skipped(); n != 0 {
		t.Errorf("%d skipped", n)
	}
}

package store_test

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"pgregory.net/rapid"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// Tests write little, on disks of any size.
var small = store.Options{Reserve: 1 << 20}

func open(t testing.TB, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dir, small)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// opened returns a store in a new home, closed with the test.
func opened(t testing.TB) *store.Store {
	t.Helper()
	s := open(t, t.TempDir())
	t.Cleanup(func() { check(t, s.Close()) })
	return s
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t testing.TB, err error, kind content.Kind) {
	t.Helper()
	if err == nil || content.KindOf(err) != kind {
		t.Fatalf("got %v, want an error of kind %v", err, kind)
	}
}

// raw returns a block of n bytes that no other seed gives.
func raw(seed uint64, n int) content.Block {
	data := make([]byte, max(n, 8))
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	if _, err := rand.NewChaCha8(key).Read(data); err != nil {
		panic(err)
	}
	return content.NewBlock(content.Raw, data)
}

// tempDir returns a folder for one run of a property.
func tempDir(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "store")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func account(n byte) content.AccountID { return content.AccountID{n, 1} }

func path(rkey string) content.Path { return content.NewPath(content.CollectionPost, rkey) }

// publication is a head of the given rev with one record and its file.
func publication(a content.AccountID, rev content.TID, referrer content.Path, blocks ...content.Block) store.Publication {
	p := store.Publication{
		Account: a, Version: content.Version{Epoch: 1, Rev: rev}, Head: headBytes(rev), Blocks: blocks,
	}
	for _, b := range blocks {
		p.Pin = append(p.Pin, store.Pin{CID: b.CID, Referrer: referrer})
	}
	return p
}

func headBytes(rev content.TID) []byte { return []byte("head " + rev.String()) }

func isPublished(t testing.TB, s *store.Store, c cid.Cid) bool {
	t.Helper()
	ok, err := s.Published().Has(t.Context(), c)
	check(t, err)
	return ok
}

func isHeld(t testing.TB, s *store.Store, c cid.Cid) bool {
	t.Helper()
	ok, err := s.Has(t.Context(), c)
	check(t, err)
	return ok
}

func TestBlocksComeBackAsTheyWere(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	list := []content.Block{
		content.NewBlock(content.Raw, nil),
		content.NewBlock(content.DagCBOR, []byte{0xa0}),
		content.NewBlock(content.DagPB, []byte("node")),
		raw(1, 1023), raw(2, 1024), raw(3, 1025), raw(4, 63<<10), raw(5, content.MaxBlockSize),
	}
	check(t, s.Put(t.Context(), list...))
	check(t, s.Close())
	s = open(t, dir)
	defer s.Close()
	for _, b := range list {
		got, err := s.Get(t.Context(), b.CID)
		if err != nil || !slices.Equal(got, b.Data) {
			t.Errorf("%v: %d bytes, %v", b.CID, len(got), err)
		}
		size, err := s.Blockstore().GetSize(t.Context(), b.CID)
		if err != nil || size != len(b.Data) {
			t.Errorf("%v: size %d of %d, %v", b.CID, size, len(b.Data), err)
		}
	}
	cids := []cid.Cid{list[5].CID, list[0].CID}
	many, err := s.GetMany(t.Context(), cids)
	if err != nil || !slices.Equal(many[0], list[5].Data) || len(many[1]) != 0 {
		t.Errorf("GetMany: %v", err)
	}
}

func TestPutRefuses(t *testing.T) {
	s := opened(t)
	good := raw(1, 100)
	v0, err := cid.Decode("QmY7Yh4UquoXHLPFo2XbhXkhBvFoPwmQUSa92pxnxjQuPU")
	check(t, err)
	cases := []struct {
		name  string
		block content.Block
		kind  content.Kind
	}{
		{"other bytes", content.Block{CID: good.CID, Data: []byte("other")}, content.Corrupt},
		{"a CIDv0", content.Block{CID: v0, Data: good.Data}, content.Invalid},
		{"no CID", content.Block{Data: good.Data}, content.Invalid},
		{"over 1 MiB", raw(2, content.MaxBlockSize+1), content.TooLarge},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			wantKind(t, s.Put(t.Context(), good, c.block), c.kind)
			if isHeld(t, s, good.CID) {
				t.Error("a part of the refused blocks is there")
			}
		})
	}
	_, err = s.Get(t.Context(), good.CID)
	wantKind(t, err, content.NotFound)
	_, err = s.Get(t.Context(), v0)
	wantKind(t, err, content.Invalid)
}

func TestOnlyPublishedBlocksAreShown(t *testing.T) {
	s := opened(t)
	ctx := t.Context()
	draft, post := raw(1, 5000), raw(2, 5000)
	check(t, s.Put(ctx, draft, post))
	check(t, s.Hold(ctx, "upload", []cid.Cid{draft.CID, post.CID}, time.Now().Add(time.Hour)))
	if isPublished(t, s, draft.CID) || isPublished(t, s, post.CID) {
		t.Fatal("a held block is shown before it is posted")
	}
	_, err := s.Published().Get(ctx, post.CID)
	if err == nil {
		t.Fatal("a held block is given out")
	}
	check(t, s.Publish(ctx, publication(account(1), 10, path("a"), post)))
	if isPublished(t, s, draft.CID) || !isPublished(t, s, post.CID) {
		t.Error("published blocks are not what the head pins")
	}
	b, err := s.Published().Get(ctx, post.CID)
	if err != nil || !slices.Equal(b.RawData(), post.Data) {
		t.Errorf("published block: %v", err)
	}
	wantKind(t, s.Published().DeleteBlock(ctx, post.CID), content.Permission)
	keys, err := s.Published().AllKeysChan(ctx)
	check(t, err)
	var all []cid.Cid
	for c := range keys {
		all = append(all, c)
	}
	if len(all) != 1 || !all[0].Equals(post.CID) {
		t.Errorf("published keys: %v", all)
	}
}

func TestHeadNeverGoesBack(t *testing.T) {
	s := opened(t)
	ctx := t.Context()
	a := account(1)
	at := func(epoch content.Epoch, rev content.TID, head string) error {
		return s.Publish(ctx, store.Publication{
			Account: a, Version: content.Version{Epoch: epoch, Rev: rev}, Head: []byte(head),
		})
	}
	check(t, at(2, 20, "x"))
	check(t, at(2, 20, "x")) // the same again
	wantKind(t, at(2, 20, "y"), content.Conflict)
	wantKind(t, at(2, 19, "y"), content.Conflict)
	wantKind(t, at(1, 99, "y"), content.Conflict)
	check(t, at(3, 5, "z"))
	if h, err := s.Head(ctx, a); err != nil || string(h) != "z" {
		t.Errorf("head %q, %v", h, err)
	}
	_, err := s.Head(ctx, account(2))
	wantKind(t, err, content.NotFound)
	check(t, s.Publish(ctx, publication(account(2), 1, "")))
	var got []content.AccountID
	for h, err := range s.Heads(ctx) {
		check(t, err)
		got = append(got, h.Account)
	}
	if !slices.Equal(got, []content.AccountID{account(1), account(2)}) {
		t.Errorf("heads of %v", got)
	}
}

func TestSecondOpenNamesTheFirst(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	_, err := store.Open(t.Context(), dir, small)
	wantKind(t, err, content.Conflict)
	t.Log(content.Message(err))
	check(t, s.Close())
	check(t, open(t, dir).Close())
}

func TestClosedContextIsHonoured(t *testing.T) {
	s := opened(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := raw(1, 10)
	for name, err := range map[string]error{
		"put":     s.Put(ctx, b),
		"publish": s.Publish(ctx, publication(account(1), 1, "", b)),
		"hold":    s.Hold(ctx, "h", nil, time.Now()),
		"update":  s.State().Update(ctx, func(*store.Tx) error { return nil }),
	} {
		if err == nil {
			t.Errorf("%s went ahead", name)
		}
	}
	if isHeld(t, s, b.CID) {
		t.Error("the block is there")
	}
}

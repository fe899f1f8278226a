package replica_test

import (
	"testing"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/go-cid"
	format "github.com/ipfs/go-ipld-format"
	"github.com/multiformats/go-multihash"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/replica"
)

// inner is a node of a large file.
func inner(t testing.TB, links ...cid.Cid) content.Block {
	t.Helper()
	n := merkledag.NodeWithData(nil)
	check(t, n.SetCidBuilder(cid.V1Builder{Codec: cid.DagProtobuf, MhType: multihash.SHA2_256}))
	for _, c := range links {
		check(t, n.AddRawLink("", &format.Link{Cid: c}))
	}
	return content.NewBlock(content.DagPB, n.RawData())
}

func leaves(n int) (list []cid.Cid) {
	for i := range n {
		list = append(list, rendition(i).CID)
	}
	return list
}

// withSource is the n-th photo with a large file as its source.
func withSource(n int, root cid.Cid) record.Photo {
	p := photoOf(n)
	p.Source = &record.File{CID: dagcbor.Link{Cid: root}, Size: 2 << 20, Type: record.JPEG, Width: 320, Height: 240}
	return p
}

// TestLargeFileIsPassedOnWhole follows a post whose source is of three nodes that
// come one after the other.
func TestLargeFileIsPassedOnWhole(t *testing.T) {
	author, follower := newNode(t), newNode(t)
	low := inner(t, rendition(11).CID, rendition(12).CID)
	root := inner(t, low.CID, rendition(13).CID)
	file := []content.Block{root, low, rendition(11), rendition(12), rendition(13)}
	check(t, author.store.Put(t.Context(), append(file, rendition(1))...))
	h := author.author(t)
	post := encode(t, withSource(1, root.CID))
	change, err := h.Apply(t.Context(), []repo.Op{repo.Put(postPath(1), post, repo.Absent())})
	check(t, err)
	for _, b := range file {
		if !author.isPublished(t, b.CID) {
			t.Errorf("the author does not show %s", b.CID)
		}
	}

	check(t, follower.Advance(t.Context(), follower.receive(t, content.Head{}, change)))
	check(t, follower.store.Put(t.Context(), file...))
	check(t, follower.PinFiles(t.Context(), h.ID(), []replica.Reference{{Root: root.CID, By: postPath(1)}}))
	for _, b := range file {
		if !follower.isPublished(t, b.CID) {
			t.Errorf("the follower does not show %s", b.CID)
		}
	}
	gone, err := h.Apply(t.Context(), []repo.Op{repo.Delete(postPath(1), repo.Present())})
	check(t, err)
	check(t, follower.Advance(t.Context(), follower.receive(t, change.Head, gone)))
	for _, b := range file {
		if follower.isPublished(t, b.CID) {
			t.Errorf("the follower still shows %s", b.CID)
		}
	}
}

// TestHostileRecords puts what no program of ours writes into a followed account:
// it costs that one post, not the account.
func TestHostileRecords(t *testing.T) {
	author, follower := newNode(t), newNode(t)
	below := leaves(1300)
	endless := inner(t, below...)
	check(t, follower.store.Put(t.Context(), endless))
	h := author.author(t)
	noPost, err := dagcbor.Marshal(map[string]string{"$type": "app.rossgram.post"})
	check(t, err)
	unreadable := content.NewBlock(content.DagCBOR, noPost)
	change, err := h.Apply(t.Context(), []repo.Op{
		repo.Put(postPath(1), unreadable, repo.Absent()),
		repo.Put(postPath(2), encode(t, withSource(2, endless.CID)), repo.Absent()),
		repo.Put(postPath(3), encode(t, photoOf(3)), repo.Absent()),
	})
	check(t, err)
	check(t, follower.Advance(t.Context(), follower.receive(t, content.Head{}, change)))
	check(t, follower.store.Put(t.Context(), rendition(2), rendition(3)))
	for _, c := range []cid.Cid{unreadable.CID, rendition(2).CID, rendition(3).CID} {
		if !follower.isPublished(t, c) {
			t.Errorf("%s is not shown", c)
		}
	}
	if follower.isPublished(t, endless.CID) {
		t.Error("a file over the limits is shown")
	}
	check(t, follower.PinFiles(t.Context(), h.ID(), []replica.Reference{
		{Root: endless.CID, By: postPath(2)}, {Root: endless.CID, By: postPath(4)},
	}))
	_, err = follower.store.Pinners(t.Context(), below[0])
	wantKind(t, err, content.NotFound)
}

// TestPagesArePinnedWithTheirRecord: before they come, and until it lists others.
func TestPagesArePinnedWithTheirRecord(t *testing.T) {
	author, follower := newNode(t), newNode(t)
	h := author.author(t)
	path := content.NewPath(content.CollectionResponses, content.NewTID(noon, 0).String())
	pages := []content.Block{content.NewBlock(content.DagCBOR, []byte{0xa0}), content.NewBlock(content.DagCBOR, []byte{0x80})}
	check(t, follower.store.Put(t.Context(), pages...))
	list := func(page content.Block, was repo.Expect) *repo.Change {
		t.Helper()
		b, err := record.Encode(&record.Responses{
			Comments: &record.CommentList{Count: 1, Pages: []dagcbor.Link{{Cid: page.CID}}}, Updated: record.TimeOf(noon),
		})
		check(t, err)
		change, err := h.Apply(t.Context(), []repo.Op{repo.Put(path, b, was)})
		check(t, err)
		return change
	}
	first := list(pages[0], repo.Absent())
	check(t, follower.Advance(t.Context(), follower.receive(t, content.Head{}, first)))
	if !follower.isPublished(t, pages[0].CID) || follower.isPublished(t, pages[1].CID) {
		t.Error("not the page that is listed is shown")
	}
	second := list(pages[1], repo.Present())
	check(t, follower.Advance(t.Context(), follower.receive(t, first.Head, second)))
	if follower.isPublished(t, pages[0].CID) || !follower.isPublished(t, pages[1].CID) {
		t.Error("not the page that is listed now is shown")
	}
}

package follow_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	pb "github.com/ipfs/boxo/ipld/unixfs/pb"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/follow"
)

// large stores a file of three leaves under a UnixFS node, and returns all its
// blocks, the root first.
func (n *node) large(text string) []content.Block {
	n.t.Helper()
	file, root := unixfs.NewFSNode(pb.Data_File), new(merkledag.ProtoNode)
	check(n.t, root.SetCidBuilder(cid.V1Builder{Codec: cid.DagProtobuf, MhType: 0x12}))
	var leaves []content.Block
	for i := range 3 {
		leaf := content.NewBlock(content.Raw, bytes.Repeat([]byte{byte(i)}, 1000+len(text)))
		leaf = content.NewBlock(content.Raw, append([]byte(text), leaf.Data...))
		file.AddBlockSize(uint64(len(leaf.Data)))
		check(n.t, root.AddRawLink("", &ipld.Link{Size: uint64(len(leaf.Data)), Cid: leaf.CID}))
		leaves = append(leaves, leaf)
	}
	data, err := file.GetBytes()
	check(n.t, err)
	root.SetData(data)
	blocks := append([]content.Block{{CID: root.Cid(), Data: root.RawData()}}, leaves...)
	check(n.t, n.Store.Put(n.t.Context(), blocks...))
	return blocks
}

// postSource makes a post whose photo has a source of several blocks.
func (n *node) postSource(text string) (p post, source []content.Block) {
	n.t.Helper()
	source = n.large(text)
	p, op := n.write(text)
	rec, err := record.Decode(op.Record.Data)
	check(n.t, err)
	rec.(*record.Post).Photos[0].Source = &record.File{
		CID: dagcbor.Link{Cid: source[0].CID}, Size: 3000, Type: record.PNG, Width: 640, Height: 480,
	}
	n.apply(n.put(&p, rec))
	return p, source
}

// gives reports whether all blocks are given out to whoever asks.
func (n *node) gives(blocks []content.Block) bool {
	for _, b := range blocks {
		if has, err := n.Store.Published().Has(context.Background(), b.CID); err != nil || !has {
			return false
		}
	}
	return true
}

func TestSourceComesWhenAskedFor(t *testing.T) {
	t.Parallel()
	author, reader := newNode(t), newNode(t)
	p, source := author.postSource("large")
	reader.follow(author)
	connect(t, reader, author)
	reader.waitFor(author, p)
	reader.waitPhase(author, follow.Current)
	if has, err := reader.Store.Has(t.Context(), source[0].CID); has || err != nil {
		t.Errorf("the source came unasked: %v", err)
	}
	check(t, reader.Keeper.FetchFile(t.Context(), source[0].CID))
	if !reader.gives(source) {
		t.Error("the source is not whole, or not kept")
	}
	author.delete(p.path)
	eventually(t, "the end of the source", func() bool { return !reader.gives(source[1:2]) })
}

func TestSourcesComeIfTheyAreKept(t *testing.T) {
	t.Parallel()
	author := newNode(t)
	reader := start(t, &node{home: newHome(t), sources: true})
	p, source := author.postSource("large")
	reader.follow(author)
	connect(t, reader, author)
	reader.waitFor(author, p)
	reader.waitPhase(author, follow.Current)
	if !reader.gives(source) {
		t.Error("the source is not there")
	}
}

func TestFileThatNothingRefersTo(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	c := content.Sum(content.Raw, []byte("a private photo"))
	if err := n.Keeper.FetchFile(t.Context(), c); content.KindOf(err) != content.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestFileThatNobodyGives(t *testing.T) {
	t.Parallel()
	author, reader := newNode(t), newNode(t)
	p, source := author.postSource("large")
	reader.follow(author)
	connect(t, reader, author)
	reader.waitFor(author, p)
	author.close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := reader.Keeper.FetchFile(ctx, source[0].CID); content.KindOf(err) != content.Unavailable {
		t.Errorf("got %v", err)
	}
}

// TestMissingPhotoKeepsNobodyWaiting: the newest post's photo is lost, and the
// older ones come all the same; then it turns up.
func TestMissingPhotoKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	author, reader := newNode(t), newNode(t)
	older := author.post("older")
	lost, op := author.write("lost")
	for _, f := range lost.files {
		check(t, author.Store.Delete(t.Context(), f.CID))
	}
	author.apply(op)
	reader.follow(author)
	connect(t, reader, author)
	reader.waitFor(author, older)
	reader.failure(author)
	if !reader.sees(author, lost) {
		t.Error("the post itself is not there")
	}
	check(t, author.Store.Put(t.Context(), lost.files...))
	reader.waitFor(author, author.post("newer"))
	connect(t, author, reader)
	check(t, author.Host.Libp2p().Network().ClosePeer(reader.Host.ID()))
	connect(t, author, reader)
	reader.waitFor(author, lost)
	reader.waitPhase(author, follow.Current)
}

// TestRestartGoesOn: photos that were missing when the reader ended are fetched
// after it starts again, also of posts it has known for long.
func TestRestartGoesOn(t *testing.T) {
	t.Parallel()
	author, reader := newNode(t), newNode(t)
	posts := author.posts(20)
	author.Exchange.Close() // gives no photos...
	var blocks []content.Block
	for b, err := range author.everything() {
		check(t, err)
		blocks = append(blocks, b)
	}
	reader.follow(author)
	reader.meet(offering(t, author.head(), blocks...)) // ...but this one has the records
	eventually(t, "the records", func() bool { return reader.sees(author, posts[0]) })
	reader = reader.again()
	for _, p := range posts {
		if reader.shows(author, p) {
			t.Fatal("the photos are there: the test tests nothing")
		}
	}
	author = author.again()
	connect(t, reader, author)
	reader.waitFor(author, posts...)
	reader.waitPhase(author, follow.Current)
}

// everything lists the tree, the records and the commit of a node's account.
func (n *node) everything() func(func(content.Block, error) bool) {
	return func(yield func(content.Block, error) bool) {
		change, err := repo.NewChange(n.t.Context(), n.Store, content.Head{}, n.head())
		if err != nil {
			yield(content.Block{}, err)
			return
		}
		cids := change.Nodes
		for _, rc := range change.Records {
			cids = append(cids, rc.New)
		}
		for _, c := range cids {
			data, err := n.Store.Get(n.t.Context(), c)
			if !yield(content.Block{CID: c, Data: data}, err) {
				return
			}
		}
	}
}

package gateway

import (
	"bytes"
	"context"
	"io"
	"net/http/httptest"
	"testing"

	"github.com/ipfs/boxo/blockstore"
	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/ipfs/go-datastore"
	ipld "github.com/ipfs/go-ipld-format"

	"rossgram.app/content"
)

// memory is a gateway over blocks in memory.
type memory struct {
	*Gateway
	t    testing.TB
	gets int
}

func newMemory(t testing.TB) *memory {
	m := &memory{t: t}
	m.Gateway = New(Parts{Published: counting{blockstore.NewBlockstore(datastore.NewMapDatastore()), &m.gets}, Key: "key"})
	return m
}

// counting counts the blocks that are read.
type counting struct {
	blockstore.Blockstore
	gets *int
}

func (c counting) Get(ctx context.Context, id cid.Cid) (blocks.Block, error) {
	*c.gets++
	return c.Blockstore.Get(ctx, id)
}

func (m *memory) put(codec content.Codec, data []byte) cid.Cid {
	m.t.Helper()
	b := content.NewBlock(codec, data)
	blk, err := blocks.NewBlockWithCid(data, b.CID)
	if err == nil {
		err = m.Published.Put(m.t.Context(), blk)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return b.CID
}

// node stores an inner node that says its children have so many bytes each.
func (m *memory) node(size uint64, children ...cid.Cid) cid.Cid {
	m.t.Helper()
	fs := unixfs.NewFSNode(unixfs.TFile)
	var n merkledag.ProtoNode
	for _, c := range children {
		fs.AddBlockSize(size)
		if err := n.AddRawLink("", &ipld.Link{Cid: c}); err != nil {
			m.t.Fatal(err)
		}
	}
	b, err := fs.GetBytes()
	if err != nil {
		m.t.Fatal(err)
	}
	n.SetData(b)
	data, err := n.EncodeProtobuf(true)
	if err != nil {
		m.t.Fatal(err)
	}
	return m.put(content.DagPB, data)
}

func repeat(c cid.Cid, n int) []cid.Cid {
	list := make([]cid.Cid, n)
	for i := range list {
		list[i] = c
	}
	return list
}

func TestNodesThatLieAreRefusedBeforeTheyCostMuch(t *testing.T) {
	m := newMemory(t)
	leaf := m.put(content.Raw, []byte("leaf"))
	other := m.put(content.DagCBOR, []byte{0xa0})
	deep := leaf
	for range maxDepth + 2 {
		deep = m.node(4, deep)
	}
	bomb := m.node(4, repeat(leaf, 1000)...)
	for range 3 {
		bomb = m.node(4000, repeat(bomb, 1000)...)
	}
	for name, c := range map[string]struct {
		root cid.Cid
		kind content.Kind
	}{
		"sizes that contradict each other": {m.node(5, m.node(4, leaf)), content.Invalid},
		"a leaf that is a record":          {m.node(1, other), content.Invalid},
		"a size beyond all bounds":         {m.node(1<<63+4, leaf), content.TooLarge},
		"very deep":                        {deep, content.TooLarge},
		"a billion leaves":                 {bomb, content.TooLarge},
		"one leaf very often":              {m.node(4, repeat(leaf, maxLeaves+1)...), content.TooLarge},
		"a missing leaf":                   {m.node(4, content.Sum(content.Raw, []byte("gone"))), content.NotFound},
		"no UnixFS":                        {m.put(content.DagPB, []byte{}), content.Invalid},
	} {
		m.gets = 0
		_, err := m.openFile(t.Context(), c.root)
		if content.KindOf(err) != c.kind {
			t.Errorf("%s: %v, want %v", name, err, c.kind)
		}
		if m.gets > maxNodes {
			t.Errorf("%s: %d blocks were read", name, m.gets)
		}
	}
}

func TestALeafThatIsNotAsLongAsSaidCutsTheAnswer(t *testing.T) {
	m := newMemory(t)
	f, err := m.openFile(t.Context(), m.node(400, m.put(content.Raw, []byte("leaf"))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(f); content.KindOf(err) != content.Invalid {
		t.Errorf("read with %v", err)
	}
}

func TestStrangersCannotKeepTheOwnerWaiting(t *testing.T) {
	m := newMemory(t)
	c := m.put(content.Raw, []byte("leaf"))
	for range maxOthers {
		m.others <- struct{}{}
	}
	w := httptest.NewRecorder()
	req := httptest.NewRequest("GET", "/ipfs/"+c.String()+"?k=key", nil)
	req.SetPathValue("cid", c.String())
	if err := m.serve(w, req); err != nil || w.Body.String() != "leaf" {
		t.Errorf("%q, %v", w.Body, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.others.take(ctx); content.KindOf(err) != content.Unavailable {
		t.Errorf("one stranger too many: %v", err)
	}
}

func TestPicturesAreToldByTheirBytes(t *testing.T) {
	for name, c := range map[string]struct {
		start, want string
		shown       bool
	}{
		"JPEG":                {"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg", true},
		"PNG":                 {"\x89PNG\r\n\x1a\n....", "image/png", true},
		"WebP":                {"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", true},
		"AVIF":                {"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1miaf", "image/avif", true},
		"AVIF, called HEIF":   {"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1avif", "image/avif", true},
		"HEIC":                {"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "image/heic", true},
		"a film":              {"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42", "application/octet-stream", false},
		"a box that is short": {"\x00\x00\x00\x10ftypmif1\x00\x00\x00\x00avif", "application/octet-stream", false},
		"HTML":                {"<html>", "application/octet-stream", false},
		"nothing":             {"", "application/octet-stream", false},
	} {
		if got, shown := sniff([]byte(c.start)); got != c.want || shown != c.shown {
			t.Errorf("%s: %s, %v", name, got, shown)
		}
	}
}

func FuzzFile(f *testing.F) {
	m := newMemory(f)
	leaf := m.put(content.Raw, []byte("leaf"))
	for _, c := range []cid.Cid{m.node(4, leaf), m.node(4, leaf, leaf), m.node(8, m.node(4, leaf, leaf)), leaf} {
		b, err := m.Published.Get(f.Context(), c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b.RawData())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := newMemory(t)
		m.put(content.Raw, []byte("leaf"))
		file, err := m.openFile(t.Context(), m.put(content.DagPB, data))
		if err != nil {
			return
		}
		b, err := io.ReadAll(file)
		if err == nil && (int64(len(b)) != file.size || len(bytes.ReplaceAll(b, []byte("leaf"), nil)) > 0) {
			t.Errorf("%d bytes %.40q of a file of %d", len(b), b, file.size)
		}
		_, _ = sniff(data)
		_, _ = recordLinks(data)
	})
}

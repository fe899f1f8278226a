package publish_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"testing"

	"github.com/ipfs/boxo/blockservice"
	boxofiles "github.com/ipfs/boxo/files"
	"github.com/ipfs/boxo/ipld/merkledag"
	unixfile "github.com/ipfs/boxo/ipld/unixfs/file"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"rossgram.app/content/photo"
	"rossgram.app/daemon/publish"
)

// TestLargeSource posts a photo of several MiB, and compares its CID with that of
// a file put together by hand, as the specifications of DAG-PB and UnixFS have it.
func TestLargeSource(t *testing.T) {
	w := newWorld(t)
	file := pngOf(t, 7, 1000, 900)
	keep := publish.UploadOptions{Options: photo.Options{KeepSource: true}}
	m, err := w.Upload(t.Context(), w.me, bytes.NewReader(file), keep)
	check(t, err)
	_, err = w.Post(t.Context(), w.me, draft(m), "")
	check(t, err)
	root, leaves := unixFS(t, file)
	if len(leaves) != 3 || m.Photo.Source.CID.Cid != root || m.Photo.Source.Size != int64(len(file)) {
		t.Fatalf("the source is %s of %d bytes; want %s of %d in 3 leaves", m.Photo.Source.CID, m.Photo.Source.Size, root, len(file))
	}
	if n := w.shown(append(leaves, root)); n != 4 {
		t.Errorf("%d of the file's 4 blocks are shown", n)
	}
	// Any program that reads UnixFS gets the file, from what anybody may see.
	dag := merkledag.NewDAGService(blockservice.New(w.Store.Published(), nil))
	node, err := dag.Get(t.Context(), root)
	check(t, err)
	f, err := unixfile.NewUnixfsFile(t.Context(), dag, node)
	check(t, err)
	got, err := io.ReadAll(f.(boxofiles.File))
	if err != nil || !bytes.Equal(got, file) {
		t.Errorf("read %d bytes, %v; want %d", len(got), err, len(file))
	}
}

// unixFS returns the CIDs of a file in raw leaves of 1 MiB under one node.
func unixFS(t testing.TB, file []byte) (root cid.Cid, leaves []cid.Cid) {
	t.Helper()
	data := field(nil, 1, 2) // Type: File
	data = field(data, 3, uint64(len(file)))
	var links []byte
	for piece := range slices.Chunk(file, 1<<20) {
		leaf := sum(t, cid.Raw, piece)
		leaves = append(leaves, leaf)
		data = field(data, 4, uint64(len(piece))) // blocksizes
		link := bytesField(nil, 1, leaf.Bytes())  // Hash
		link = bytesField(link, 2, nil)           // Name
		link = field(link, 3, uint64(len(piece))) // Tsize
		links = bytesField(links, 2, link)
	}
	return sum(t, cid.DagProtobuf, bytesField(links, 1, data)), leaves // links go first in DAG-PB
}

// field appends a protobuf number.
func field(b []byte, number int, v uint64) []byte {
	return binary.AppendUvarint(append(b, byte(number<<3)), v)
}

// bytesField appends protobuf bytes.
func bytesField(b []byte, number int, v []byte) []byte {
	return append(binary.AppendUvarint(append(b, byte(number<<3|2)), uint64(len(v))), v...)
}

func sum(t testing.TB, codec uint64, b []byte) cid.Cid {
	t.Helper()
	h, err := multihash.Sum(b, multihash.SHA2_256, -1)
	check(t, err)
	return cid.NewCidV1(codec, h)
}

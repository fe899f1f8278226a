package gateway_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/ipld/go-car/v2"

	"rossgram.app/content"
	"rossgram.app/daemon/api/internal/apitest"
)

// readCAR reads a CAR with go-car, which checks every block against its CID.
func readCAR(t *testing.T, b []byte, root cid.Cid) map[cid.Cid][]byte {
	t.Helper()
	r := apitest.Must(car.NewBlockReader(bytes.NewReader(b)))(t)
	if len(r.Roots) != 1 || r.Roots[0] != root || r.Version != 1 {
		t.Fatalf("version %d with the roots %v, want %v", r.Version, r.Roots, root)
	}
	blocks := make(map[cid.Cid][]byte)
	for {
		blk, err := r.Next()
		if errors.Is(err, io.EOF) {
			return blocks
		}
		apitest.Check(t, err)
		if len(blocks) == 0 && blk.Cid() != root {
			t.Errorf("the first block is %v, not the root", blk.Cid())
		}
		if _, twice := blocks[blk.Cid()]; twice {
			t.Errorf("%v is there twice", blk.Cid())
		}
		blocks[blk.Cid()] = blk.RawData()
	}
}

func TestACARBringsAPostWithItsPhotos(t *testing.T) {
	n, _, client := newNode(t)
	post := n.Post("a large one", n.Upload(1100, 1000))
	a := client.Get(path(post.CID)+"?format=car").Want(t, http.StatusOK)
	blocks := readCAR(t, a.Body, post.CID)
	for _, f := range post.Post.Photos[0].Renditions {
		if int64(len(blocks[f.CID.Cid])) != f.Size {
			t.Errorf("a rendition of %d pixels is missing", f.Width)
		}
	}
	source := post.Post.Photos[0].Source
	if blocks[source.CID.Cid] == nil || len(blocks) < 1+3+1+int(source.Size/content.MaxBlockSize) {
		t.Errorf("%d blocks: the source is not there whole", len(blocks))
	}
	if got := a.Header.Get("Content-Type"); got != "application/vnd.ipld.car; version=1; order=dfs; dups=n" {
		t.Errorf("Content-Type: %s", got)
	}
	accepted := client.Get(path(source.CID.Cid), "Accept", "application/vnd.ipld.car; version=1").Want(t, http.StatusOK)
	readCAR(t, accepted.Body, source.CID.Cid)
}

func TestTheScopeOfACAR(t *testing.T) {
	n, _, client := newNode(t)
	post := n.Post("words", n.Upload(1100, 1000))
	source := post.Post.Photos[0].Source
	leaves := int((source.Size + content.MaxBlockSize - 1) / content.MaxBlockSize)
	for _, c := range []struct {
		name, query string
		root        cid.Cid
		want        int
	}{
		{"one block of a file", "&dag-scope=block", source.CID.Cid, 1},
		{"a file", "&dag-scope=entity", source.CID.Cid, 1 + leaves},
		{"a record", "&dag-scope=entity", post.CID, 1},
	} {
		a := client.Get(path(c.root)+"?format=car"+c.query).Want(t, http.StatusOK)
		if got := len(readCAR(t, a.Body, c.root)); got != c.want {
			t.Errorf("%s: %d blocks, want %d", c.name, got, c.want)
		}
	}
	client.Get(path(post.CID)+"?format=car&dag-scope=moon").Want(t, http.StatusUnprocessableEntity)
}

func TestAMissingBlockIsNotPassedOverInSilence(t *testing.T) {
	n, _, client := newNode(t)
	post := n.Post("words", n.Upload(1100, 1000))
	source := post.Post.Photos[0].Source.CID.Cid
	file := client.Get(path(source)).Want(t, http.StatusOK)
	leaf := content.Sum(content.Raw, file.Body[:content.MaxBlockSize])
	apitest.Check(t, n.Store.Delete(t.Context(), leaf))
	if a := client.Get(path(post.CID) + "?format=car"); a.Err == nil {
		t.Errorf("a CAR without a block looks complete: %d bytes", len(a.Body))
	}
	client.Get(path(source)).Want(t, http.StatusNotFound)
}

package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sort"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// ServeFile answers a request with a published file, whoever asks: a range of it
// if one is asked for, or that the caller's copy is good. Errors leave the answer
// unwritten and are of kind NotFound if not all of the file is here, and Invalid
// if the CID is not a file's.
func (g *Gateway) ServeFile(w http.ResponseWriter, req *http.Request, c cid.Cid) error {
	done, err := g.owner.take(req.Context())
	if err != nil {
		return err
	}
	defer done()
	return g.serveFile(w, req, c)
}

func (g *Gateway) serveFile(w http.ResponseWriter, req *http.Request, c cid.Cid) error {
	f, err := g.openFile(req.Context(), c)
	if err != nil {
		return err
	}
	start := make([]byte, sniffLen)
	n, err := io.ReadFull(f, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	contentType, shown := sniff(start[:n])
	g.describe(w, req, c, `"`+c.String()+`"`, contentType)
	if !shown {
		attach(w, c.String()+".bin")
	}
	// A leaf that can't be read later cuts the answer short of its Content-Length.
	http.ServeContent(w, req, "", time.Time{}, f)
	return nil
}

// file reads a published file. It holds one leaf in memory.
type file struct {
	ctx    context.Context
	g      *Gateway
	leaves []leaf
	size   int64

	pos  int64
	at   int // the leaf that data is of
	data []byte
}

// leaf is a piece of a file.
type leaf struct {
	cid      cid.Cid
	from, to int64
}

// Read reads from the leaf that the position is in.
func (f *file) Read(b []byte) (int, error) {
	if f.pos >= f.size {
		return 0, io.EOF
	}
	i := sort.Search(len(f.leaves), func(i int) bool { return f.leaves[i].to > f.pos })
	if err := f.load(i); err != nil {
		return 0, err
	}
	n := copy(b, f.data[f.pos-f.leaves[i].from:])
	f.pos += int64(n)
	return n, nil
}

func (f *file) load(i int) error {
	if f.data != nil && f.at == i {
		return nil
	}
	l := f.leaves[i]
	data, err := f.g.get(f.ctx, l.cid)
	if err != nil {
		return err
	}
	if int64(len(data)) != l.to-l.from {
		return content.Errorf("gateway.load", content.Invalid, "a leaf is not as long as the file says: "+l.cid.String())
	}
	f.at, f.data = i, data
	return nil
}

// Seek moves the position.
func (f *file) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.pos
	case io.SeekEnd:
		offset += f.size
	}
	if offset < 0 {
		return 0, errors.New("a position before the file")
	}
	f.pos = offset
	return offset, nil
}

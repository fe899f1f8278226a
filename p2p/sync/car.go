package sync

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-varint"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// A bulk answer is one message and then a CAR (CARv1 specification): a header that
// names a root, and sections, each the length of what follows, a CID and the bytes
// of its block, until the stream ends.

// cidLen is the bytes of every CID of ours: version, codec, hash function, length
// of the digest and the digest.
const cidLen = 4 + 32

// slowest is the rate in bytes a second below which a peer is too slow to go on
// with: a section has the timeout of a message and the time that this rate takes.
const slowest = 8 << 10

func (w *wire) sectionDeadline(size int) time.Time {
	return time.Now().Add(w.timeout + time.Duration(size)*time.Second/slowest)
}

// carHeader is the same for a root wherever it is written: DAG-CBOR is canonical.
func carHeader(root cid.Cid) ([]byte, error) {
	b, err := dagcbor.Marshal(struct {
		Roots   []dagcbor.Link `cbor:"roots"`
		Version int            `cbor:"version"`
	}{[]dagcbor.Link{{Cid: root}}, 1})
	return append(varint.ToUvarint(uint64(len(b))), b...), err
}

// carWriter writes a CAR on a stream.
type carWriter struct {
	*wire
	section []byte // reused
}

func (c *carWriter) header(root cid.Cid) error {
	b, err := carHeader(root)
	if err != nil {
		return err
	}
	if _, err = c.out.Write(b); err != nil {
		return content.E("sync.write", content.Unavailable, err)
	}
	return nil
}

// large is from where a section is sent by itself: the buffer of the stream would
// only copy it.
const large = 16 << 10

// block writes a block, whose bytes appendData appends to what it is given. Where
// it says that the block is not here, nothing is written.
func (c *carWriter) block(id cid.Cid, appendData func([]byte) ([]byte, error)) (data []byte, err error) {
	const op, room = "sync.write", 4 // bytes for the length of a section
	b := append(append(c.section[:0], 0, 0, 0, 0), id.Bytes()...)
	if b, err = appendData(b); err != nil {
		return nil, err
	}
	c.section = b
	length := varint.ToUvarint(uint64(len(b) - room))
	begin := room - len(length)
	copy(b[begin:], length)
	if err := c.stream.SetWriteDeadline(c.sectionDeadline(len(b))); err != nil {
		return nil, content.E(op, content.Unavailable, err)
	}
	if len(b) < large {
		_, err = c.out.Write(b[begin:])
	} else if err = c.flush(); err == nil {
		_, err = c.stream.Write(b[begin:])
	}
	if err != nil {
		return nil, content.E(op, content.Unavailable, err)
	}
	return b[room+cidLen:], nil
}

// carReader reads a CAR from a stream.
type carReader struct{ *wire }

// header reads the header, which must be that of this root.
func (c carReader) header(root cid.Cid) error {
	const op = "sync.read"
	want, err := carHeader(root)
	if err != nil {
		return err
	}
	if err := c.stream.SetReadDeadline(c.sectionDeadline(len(want))); err != nil {
		return content.E(op, content.Unavailable, err)
	}
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c.in, got); err != nil {
		return content.E(op, content.Unavailable, err)
	}
	if !bytes.Equal(got, want) {
		return content.Errorf(op, content.Invalid, "the peer's CAR has another header")
	}
	return nil
}

// next returns the CID of the next section and how many bytes its block has, which
// are to be read next; io.EOF at the end.
func (c carReader) next() (id cid.Cid, size int, err error) {
	const op = "sync.read"
	if err := c.stream.SetReadDeadline(c.sectionDeadline(0)); err != nil {
		return cid.Undef, 0, content.E(op, content.Unavailable, err)
	}
	n, err := varint.ReadUvarint(c.in)
	switch {
	case errors.Is(err, io.EOF):
		return cid.Undef, 0, io.EOF
	case err != nil:
		return cid.Undef, 0, content.E(op, content.Unavailable, err)
	case n < cidLen:
		return cid.Undef, 0, content.Errorf(op, content.Invalid, "a section without a CID")
	case n > cidLen+content.MaxBlockSize:
		return cid.Undef, 0, content.Errorf(op, content.TooLarge, "a section over the limit")
	}
	var b [cidLen]byte
	if _, err := io.ReadFull(c.in, b[:]); err != nil {
		return cid.Undef, 0, content.E(op, content.Unavailable, err)
	}
	if id, err = cid.Cast(b[:]); err == nil {
		err = content.CheckCID(id)
	}
	if err != nil {
		return cid.Undef, 0, content.E(op, content.Invalid, err)
	}
	size = int(n) - cidLen
	if content.Codec(id.Prefix().Codec) != content.Raw && size > content.MaxNodeSize {
		return cid.Undef, 0, content.Errorf(op, content.TooLarge, "a section over the limit")
	}
	return id, size, nil
}

// data reads the bytes of the block that next announced and checks them.
func (c carReader) data(id cid.Cid, b []byte) error {
	const op = "sync.read"
	if err := c.stream.SetReadDeadline(c.sectionDeadline(len(b))); err != nil {
		return content.E(op, content.Unavailable, err)
	}
	if _, err := io.ReadFull(c.in, b); err != nil {
		return content.E(op, content.Unavailable, err)
	}
	if _, err := content.CheckBlock(id, b); err != nil {
		return content.E(op, content.Invalid, err)
	}
	return nil
}

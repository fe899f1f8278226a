package sync

import (
	"bytes"
	"errors"
	"io"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-varint"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/p2p/internal/wire"
)

// A bulk answer is one message and then a CAR (CARv1 specification): a header that
// names a root, and sections, each the length of what follows, a CID and the bytes
// of its block. The last is a section of no length, because the end of the stream says
// nothing: a connection that is cut can look like it.

// cidLen is the bytes of every CID of ours: version, codec, hash function, length
// of the digest and the digest.
const cidLen = 4 + 32

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
	*wire.Conn
	section []byte // reused
}

func (c *carWriter) header(root cid.Cid) error {
	b, err := carHeader(root)
	if err != nil {
		return err
	}
	return c.write(b)
}

// end says that no more comes.
func (c *carWriter) end() error { return c.write([]byte{0}) }

// write sends a section, a large one by itself: the buffer would only copy it.
func (c *carWriter) write(b []byte) error {
	out, err := c.Send(len(b))
	if err == nil && len(b) >= large {
		err = out.Flush()
	}
	if err == nil {
		_, err = out.Write(b)
	}
	if err != nil {
		return content.E("sync.write", content.Unavailable, err)
	}
	return nil
}

// large is from how many bytes a section is sent by itself.
const large = 16 << 10

// block writes a block, whose bytes appendData appends to what it is given. Where
// it says that the block is not here, nothing is written.
func (c *carWriter) block(id cid.Cid, appendData func([]byte) ([]byte, error)) (data []byte, err error) {
	const room = 4 // bytes for the length of a section
	b := append(append(c.section[:0], 0, 0, 0, 0), id.Bytes()...)
	if b, err = appendData(b); err != nil {
		return nil, err
	}
	c.section = b
	length := varint.ToUvarint(uint64(len(b) - room))
	begin := room - len(length)
	copy(b[begin:], length)
	if err := c.write(b[begin:]); err != nil {
		return nil, err
	}
	return b[room+cidLen:], nil
}

// carReader reads a CAR from a stream.
type carReader struct{ *wire.Conn }

// header reads the header, which must be that of this root.
func (c carReader) header(root cid.Cid) error {
	const op = "sync.read"
	want, err := carHeader(root)
	if err != nil {
		return err
	}
	got := make([]byte, len(want))
	if err := c.read(got); err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return content.Errorf(op, content.Invalid, "the peer's CAR has another header")
	}
	return nil
}

// errEnd is behind the last section. It is none of io's, which a stream that is cut
// has in many places.
var errEnd = errors.New("the end of the CAR")

// next returns the CID of the next section and how many bytes its block has, which
// are to be read next; errEnd behind the last. Kind Unavailable if the stream ended
// before.
func (c carReader) next() (id cid.Cid, size int, err error) {
	const op = "sync.read"
	in, err := c.Receive(cidLen)
	if err != nil {
		return cid.Undef, 0, err
	}
	n, err := varint.ReadUvarint(in)
	switch {
	case err != nil:
		return cid.Undef, 0, content.E(op, content.Unavailable, err)
	case n == 0:
		return cid.Undef, 0, errEnd
	case n < cidLen:
		return cid.Undef, 0, content.Errorf(op, content.Invalid, "a section without a CID")
	case n > cidLen+content.MaxBlockSize:
		return cid.Undef, 0, content.Errorf(op, content.TooLarge, "a section over the limit")
	}
	var b [cidLen]byte
	if _, err := io.ReadFull(in, b[:]); err != nil {
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
	if err := c.read(b); err != nil {
		return err
	}
	if _, err := content.CheckBlock(id, b); err != nil {
		return content.E("sync.read", content.Invalid, err)
	}
	return nil
}

func (c carReader) read(b []byte) error {
	in, err := c.Receive(len(b))
	if err == nil {
		_, err = io.ReadFull(in, b)
	}
	if err != nil {
		return content.E("sync.read", content.Unavailable, err)
	}
	return nil
}

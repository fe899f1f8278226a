package photo

import (
	"encoding/binary"
	"errors"
	"strings"
)

// oneOf says whether kind is one of the four-letter words of a list.
func oneOf(list, kind string) bool {
	return len(kind) == 4 && !strings.Contains(kind, " ") && strings.Contains(list, kind)
}

// reader reads big-endian numbers. After the first read past the end it returns
// zeros, and err says so.
type reader struct {
	b   []byte
	err error
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.b, r.err = nil, errTruncated
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// uint reads a number of 0 to 8 bytes.
func (r *reader) uint(size int) uint64 {
	var v uint64
	for _, c := range r.bytes(size) {
		v = v<<8 | uint64(c)
	}
	return v
}

func (r *reader) u8() int  { return int(r.uint(1)) }
func (r *reader) u16() int { return int(r.uint(2)) }
func (r *reader) u32() int { return int(r.uint(4)) }

// full reads the version and flags of a full box.
func (r *reader) full() (version, flags int) {
	v := r.u32()
	return v >> 24, v & 0xffffff
}

// id reads an item's number, which is longer in newer versions of boxes.
func (r *reader) id(long bool) uint32 {
	if long {
		return uint32(r.u32())
	}
	return uint32(r.u16())
}

// boxes calls visit for each box in b (ISO/IEC 14496-12, 4.2).
func boxes(b []byte, visit func(kind string, body []byte) error) error {
	for range maxSegments {
		if len(b) == 0 {
			return nil
		}
		if len(b) < 8 {
			return errTruncated
		}
		size, head := uint64(binary.BigEndian.Uint32(b)), uint64(8)
		switch {
		case size == 0:
			size = uint64(len(b))
		case size == 1 && len(b) >= 16:
			size, head = binary.BigEndian.Uint64(b[8:]), 16
		}
		if size < head || size > uint64(len(b)) {
			return errTruncated
		}
		if err := visit(string(b[4:8]), b[head:size]); err != nil {
			return err
		}
		b = b[size:]
	}
	return errors.New("too many boxes")
}

// appendBox appends a box.
func appendBox(out []byte, kind string, body ...[]byte) []byte {
	at := len(out)
	out = append(append(out, 0, 0, 0, 0), kind...)
	for _, b := range body {
		out = append(out, b...)
	}
	binary.BigEndian.PutUint32(out[at:], uint32(len(out)-at))
	return out
}

func be16(v int) []byte    { return binary.BigEndian.AppendUint16(nil, uint16(v)) }
func be32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

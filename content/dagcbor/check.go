package dagcbor

import (
	"bytes"
	"errors"
	"math"
	"unicode/utf8"
)

// The major types of RFC 8949, section 3.1.
const (
	majorUint = iota
	majorNegative
	majorBytes
	majorText
	majorArray
	majorMap
	majorTag
	majorSimple
)

var (
	errTruncated = errors.New("dagcbor: truncated")
	errTrailing  = errors.New("dagcbor: bytes behind the value")
	errNotShort  = errors.New("dagcbor: number not in its shortest form")
	errInfo      = errors.New("dagcbor: reserved or indefinite length")
	errNegative  = errors.New("dagcbor: negative number out of range")
	errUTF8      = errors.New("dagcbor: text is not UTF-8")
	errKey       = errors.New("dagcbor: map keys must be text, unique and sorted by length, then bytes")
	errTag       = errors.New("dagcbor: the only tag is 42, over a CIDv1 with SHA-256")
	errSimple    = errors.New("dagcbor: only false, true and null; no floats")
	errDepth     = errors.New("dagcbor: nested too deep")
)

// Check reports whether b is exactly one value in canonical DAG-CBOR. It takes
// time linear in len(b) and no memory to speak of.
func Check(b []byte) error {
	rest, err := checkValue(b, 0)
	if err == nil && len(rest) > 0 {
		err = errTrailing
	}
	return err
}

// checkValue returns what follows the first value of b.
func checkValue(b []byte, depth int) ([]byte, error) {
	if depth > MaxDepth {
		return nil, errDepth
	}
	if len(b) > 0 && b[0]>>5 == majorTag {
		return checkLink(b)
	}
	if len(b) > 0 && b[0]>>5 == majorSimple {
		return checkSimple(b)
	}
	major, n, rest, err := readHead(b)
	if err != nil {
		return nil, err
	}
	switch major {
	case majorUint:
		return rest, nil
	case majorNegative:
		if n > math.MaxInt64 {
			return nil, errNegative
		}
		return rest, nil
	case majorBytes, majorText:
		return checkString(major, n, rest)
	case majorArray:
		return checkArray(n, rest, depth)
	default:
		return checkMap(n, rest, depth)
	}
}

// readHead reads the initial byte and the argument behind it, which must be in
// its shortest form (RFC 8949, section 4.2.1).
func readHead(b []byte) (major byte, n uint64, rest []byte, err error) {
	if len(b) == 0 {
		return 0, 0, nil, errTruncated
	}
	major, info := b[0]>>5, b[0]&31
	if info < 24 {
		return major, uint64(info), b[1:], nil
	}
	if info > 27 {
		return 0, 0, nil, errInfo
	}
	size := 1 << (info - 24)
	if len(b) < 1+size {
		return 0, 0, nil, errTruncated
	}
	for _, c := range b[1 : 1+size] {
		n = n<<8 | uint64(c)
	}
	if info == 24 && n < 24 || info > 24 && n>>(size*4) == 0 {
		return 0, 0, nil, errNotShort
	}
	return major, n, b[1+size:], nil
}

func checkString(major byte, n uint64, b []byte) ([]byte, error) {
	if n > uint64(len(b)) {
		return nil, errTruncated
	}
	if major == majorText && !utf8.Valid(b[:n]) {
		return nil, errUTF8
	}
	return b[n:], nil
}

func checkArray(n uint64, b []byte, depth int) (_ []byte, err error) {
	if n > uint64(len(b)) { // each element has a byte at least
		return nil, errTruncated
	}
	for range n {
		if b, err = checkValue(b, depth+1); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func checkMap(n uint64, b []byte, depth int) (_ []byte, err error) {
	if n > uint64(len(b)) {
		return nil, errTruncated
	}
	var last []byte
	for i := range n {
		var key []byte
		if key, b, err = readKey(b); err != nil {
			return nil, err
		}
		if i > 0 && !keyLess(last, key) {
			return nil, errKey
		}
		last = key
		if b, err = checkValue(b, depth+1); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func readKey(b []byte) (key, rest []byte, err error) {
	major, n, rest, err := readHead(b)
	if err != nil {
		return nil, nil, err
	}
	if major != majorText {
		return nil, nil, errKey
	}
	after, err := checkString(major, n, rest)
	if err != nil {
		return nil, nil, err
	}
	return rest[:n], after, nil
}

func keyLess(a, b []byte) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return bytes.Compare(a, b) < 0
}

func checkLink(b []byte) ([]byte, error) {
	const size = 5 + 36
	if len(b) < size {
		return nil, errTag
	}
	var l Link
	if l.UnmarshalCBOR(b[:size]) != nil {
		return nil, errTag
	}
	return b[size:], nil
}

func checkSimple(b []byte) ([]byte, error) {
	if b[0] < 0xf4 || b[0] > 0xf6 {
		return nil, errSimple
	}
	return b[1:], nil
}

package sync

import (
	"encoding/binary"
	"slices"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// The limits of requests for bulk.
const (
	MaxHave  = 48 << 10 // prefixes in one pull: 192 KiB of them
	MaxFiles = 1024     // files in one request
	// MaxAhead is the most bytes of files that a pull brings behind the records.
	MaxAhead = 64 << 20
)

// pullRequest asks for what is new of an account since the version that is held.
// Have is what not to send, see [Prefix].
type pullRequest struct {
	Account []byte `cbor:"account"`
	Epoch   uint64 `cbor:"epoch"`
	Rev     uint64 `cbor:"rev"`
	Have    []byte `cbor:"have"`
	Ahead   uint64 `cbor:"ahead"` // bytes of files to send behind the records
}

// filesRequest asks for published blocks, each with all that is below it.
type filesRequest struct {
	Files []dagcbor.Link `cbor:"files"`
}

// pullResponse stands before a CAR.
type pullResponse struct {
	Head dagcbor.RawValue `cbor:"head"`
}

// filesResponse stands before a CAR.
type filesResponse struct{}

const prefixLen = 4

// Prefix is the first four bytes of a block's SHA-256: enough to name it among
// those of one repository. Two that share a prefix cost another request, no more.
func Prefix(c cid.Cid) uint32 {
	hash := c.Hash()
	return binary.BigEndian.Uint32(hash[len(hash)-32:])
}

// prefixes is a set of them: sorted, each once.
type prefixes []uint32

func newPrefixes(list []uint32) prefixes {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

func (p prefixes) has(c cid.Cid) bool {
	_, found := slices.BinarySearch(p, Prefix(c))
	return found
}

func (p prefixes) encode() []byte {
	b := make([]byte, 0, prefixLen*len(p))
	for _, v := range p {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

func decodePrefixes(b []byte) prefixes {
	p := make(prefixes, len(b)/prefixLen)
	for i := range p {
		p[i] = binary.BigEndian.Uint32(b[prefixLen*i:])
	}
	return p
}

func (r *pullRequest) validate() error {
	const op = "sync.pullRequest"
	switch {
	case len(r.Have)%prefixLen != 0:
		return content.Errorf(op, content.Invalid, "half a prefix")
	case len(r.Have) > prefixLen*MaxHave, r.Ahead > MaxAhead:
		return content.Errorf(op, content.TooLarge, "a pull over the limits")
	}
	for have := decodePrefixes(r.Have); len(have) > 1; have = have[1:] {
		if have[0] >= have[1] {
			return content.Errorf(op, content.Invalid, "prefixes out of order")
		}
	}
	_, _, err := known{Account: r.Account, Epoch: r.Epoch, Rev: r.Rev}.parse()
	return err
}

func (r *pullRequest) work() int { return 1 + len(r.Have)/(prefixLen*unit*unit) }

func (r *filesRequest) validate() error {
	const op = "sync.filesRequest"
	if n := len(r.Files); n == 0 || n > MaxFiles {
		return content.Errorf(op, content.Invalid, "a request is for 1 to 1,024 files")
	}
	for _, f := range r.Files {
		if err := content.CheckCID(f.Cid); err != nil {
			return err
		}
	}
	return nil
}

func (r *filesRequest) work() int { return 1 }

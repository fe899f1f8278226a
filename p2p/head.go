package p2p

import (
	"time"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// VerifyHead reports whether a head's certificate and commit are signed as they
// must be; in a node it is repo.VerifyHead. A head that is too far ahead of now
// is an error of kind Unavailable: it may be right later.
type VerifyHead func(h content.Head, now time.Time) error

// DecodeHead reads a head as peers send it: canonical, without unknown fields,
// at most [content.MaxHeadSize] bytes. It checks no signature.
func DecodeHead(b []byte) (content.Head, error) {
	const op = "p2p.DecodeHead"
	var h content.Head
	if len(b) > content.MaxHeadSize {
		return h, content.Errorf(op, content.TooLarge, "head over the limit")
	}
	if err := dagcbor.UnmarshalStrict(b, &h); err != nil {
		return content.Head{}, content.E(op, content.Invalid, err)
	}
	return h, nil
}

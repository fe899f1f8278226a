package sync

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p/internal/wire"
)

// Size is what an account comes to, as one who holds it says. From a peer it is a
// claim: nothing proves it.
type Size struct {
	Posts      int   `cbor:"posts"`
	Recent     int   `cbor:"recent"`     // posts of the last 30 days
	Records    int64 `cbor:"records"`    // bytes of records, tree nodes and commits
	Smallest   int64 `cbor:"smallest"`   // bytes of the smallest rendition of each photo
	Renditions int64 `cbor:"renditions"` // bytes of all renditions
	Sources    int64 `cbor:"sources"`    // bytes of the photos as they were taken
}

// Sizer knows the sizes of the accounts that are held. It is asked often, and
// should answer from memory as a rule. An account that is not held is an error of
// kind NotFound.
type Sizer interface {
	Size(ctx context.Context, account content.AccountID) (Size, error)
}

// sizeRequest asks for the size of an account.
type sizeRequest struct {
	Account []byte `cbor:"account"`
}

// maxSize is more than any account has of anything, in bytes or posts.
const maxSize = 1 << 53

func (r *sizeRequest) validate() error {
	_, _, err := known{Account: r.Account}.parse()
	return err
}

// work is that of looking through some records.
func (r *sizeRequest) work() int { return 16 }

// validate refuses what can't be.
func (s Size) validate() error {
	for _, n := range []int64{int64(s.Posts), int64(s.Recent), s.Records, s.Smallest, s.Renditions, s.Sources} {
		if n < 0 || n > maxSize {
			return content.Errorf("sync.Size", content.Invalid, "the peer's answer is out of range")
		}
	}
	if s.Recent > s.Posts || s.Smallest > s.Renditions {
		return content.Errorf("sync.Size", content.Invalid, "the peer's answer contradicts itself")
	}
	return nil
}

// Size asks a connected peer what an account comes to. Errors are as of
// [Syncer.Heads], and of kind NotFound also if the peer does not hold it.
func (s *Syncer) Size(ctx context.Context, p peer.ID, account content.AccountID) (Size, error) {
	const op = "sync.Size"
	var size Size
	err := s.end.Ask(ctx, p, request{Size: &sizeRequest{account[:]}}, func(w *wire.Conn) error {
		r, err := readResponse(w)
		if err != nil {
			return err
		}
		if r.Size == nil {
			return errUnexpected
		}
		size = *r.Size
		return size.validate()
	})
	if err != nil {
		return Size{}, content.E(op, content.Other, err)
	}
	return size, nil
}

func (s *Syncer) answerSize(ctx context.Context, w *wire.Conn, r sizeRequest) error {
	account, _, err := known{Account: r.Account}.parse()
	if err != nil {
		return err
	}
	if s.sizes == nil {
		return w.Fail(wire.NotFound)
	}
	size, err := s.sizes.Size(ctx, account)
	if content.KindOf(err) == content.NotFound {
		return w.Fail(wire.NotFound)
	}
	if err != nil {
		return err
	}
	return w.Write(response{Size: &size})
}

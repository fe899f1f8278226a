package sync

import (
	"context"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/unixfs"
	"rossgram.app/p2p/internal/wire"
)

// Files has a connected peer send files, at most [MaxFiles], each whole, in one
// exchange. A leaf of a file is a file too, so that of one that is here in part the
// rest can be asked for. What the peer leaves out is for the caller to find; blocks
// put before an error stay. Errors are as of [Syncer.Pull].
func (s *Syncer) Files(ctx context.Context, p peer.ID, want []cid.Cid, sink Sink) (Taken, error) {
	const op = "sync.Files"
	r := filesRequest{make([]dagcbor.Link, len(want))}
	for i, c := range want {
		r.Files[i] = dagcbor.Link{Cid: c}
	}
	if err := r.validate(); err != nil {
		return Taken{}, content.E(op, content.Invalid, err)
	}
	var took Taken
	s.counts.files.Add(1)
	err := s.end.Ask(ctx, p, request{Files: &r}, func(w *wire.Conn) error {
		answer, err := readResponse(w)
		if err != nil {
			return err
		}
		if answer.Files == nil {
			return errUnexpected
		}
		t := newTaker(ctx, w, sink)
		if err = t.car.header(want[0]); err == nil {
			err = t.run(newFiles(want))
		}
		took = t.took
		s.counts.received.Add(took.Bytes)
		return err
	})
	if err != nil {
		return took, content.E(op, content.Other, err)
	}
	return took, nil
}

// files is what may come of several files: each in its place, its blocks from the
// first to the last.
type files struct {
	left  []cid.Cid // files, the next one first
	stack []below   // of the one that is coming, the next block last
}

// below is a block of a file and how deep it is.
type below struct {
	cid   cid.Cid
	depth int
}

func newFiles(want []cid.Cid) *files { return &files{left: want} }

func (f *files) seek(c cid.Cid) bool {
	for {
		for n := len(f.stack); n > 0; n-- {
			if f.stack[n-1].cid.Equals(c) {
				return true
			}
			f.stack = f.stack[:n-1]
		}
		if len(f.left) == 0 {
			return false
		}
		f.stack = append(f.stack, below{f.left[0], 0})
		f.left = f.left[1:]
	}
}

func (f *files) take(c cid.Cid, data []byte) (keep bool, err error) {
	at := f.stack[len(f.stack)-1]
	f.stack = f.stack[:len(f.stack)-1]
	if at.depth > unixfs.MaxDepth {
		return true, nil
	}
	links := unixfs.Links(c, data)
	if len(f.stack)+len(links) > unixfs.MaxBlocks {
		return false, content.Errorf("sync.files", content.TooLarge, "a file of too many blocks: "+c.String())
	}
	for i := len(links) - 1; i >= 0; i-- {
		f.stack = append(f.stack, below{links[i], at.depth + 1})
	}
	return true, nil
}

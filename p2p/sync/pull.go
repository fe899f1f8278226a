package sync

import (
	"bytes"
	"context"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/mst"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/wire"
)

// Want says what to pull.
type Want struct {
	Account content.AccountID
	Since   content.Version // held; zero if nothing is
	// Have has the [Prefix] of each node of a tree that is here with all that is
	// below it, and of records that are here, as many as one likes; more than
	// [MaxHave] are cut off.
	Have []uint32
	// Ahead is how many bytes of files of the newest posts to bring behind the
	// records, at most [MaxAhead].
	Ahead int64
}

// Pulled is what a pull has brought, beside the blocks.
type Pulled struct {
	// Head is the peer's, verified; it may be another than it told of before.
	Head content.Head
	// Commits are the head's commit and those before it, newest first, each named
	// by the one before it, until one that is not newer than what was held, as far
	// as the peer has them. They are not among the blocks of the sink.
	Commits []content.Block
	Taken
}

// Pull has a connected peer send what is new of an account, in one exchange: the
// commits that lead there, the nodes and the records that were not named, and files
// of the newest posts. Nodes and records are part of the tree under the head; what
// the peer leaves out is for the caller to find. Blocks put before an error stay:
// name them when asking again.
//
// Errors are as of [Syncer.Heads], and the sink's own.
func (s *Syncer) Pull(ctx context.Context, p peer.ID, want Want, sink Sink) (Pulled, error) {
	const op = "sync.Pull"
	have := newPrefixes(want.Have)
	r := pullRequest{
		Account: want.Account[:], Epoch: uint64(want.Since.Epoch), Rev: uint64(want.Since.Rev),
		Have: have[:min(len(have), MaxHave)].encode(), Ahead: uint64(min(max(want.Ahead, 0), MaxAhead)),
	}
	var got Pulled
	s.counts.pulls.Add(1)
	err := s.end.Ask(ctx, p, request{Pull: &r}, func(w *wire.Conn) (err error) {
		got, err = s.readPull(ctx, w, want, sink)
		return err
	})
	if err != nil {
		return got, content.E(op, content.Other, err)
	}
	return got, nil
}

func (s *Syncer) readPull(ctx context.Context, w *wire.Conn, want Want, sink Sink) (Pulled, error) {
	const op = "sync.readPull"
	r, err := readResponse(w)
	if err != nil {
		return Pulled{}, err
	}
	if r.Pull == nil {
		return Pulled{}, errUnexpected
	}
	head, err := s.checkPulled(r.Pull.Head, want)
	if err != nil {
		return Pulled{}, err
	}
	commit, err := dagcbor.Marshal(head.Commit)
	if err != nil {
		return Pulled{}, content.E(op, content.Invalid, err)
	}
	first := content.Sum(content.DagCBOR, commit)
	if err := (carReader{w}).header(first); err != nil {
		return Pulled{}, err
	}
	e := &repository{
		commits: chain{account: want.Account, next: first, until: want.Since},
		tree:    mst.Traverse(mst.Load(nil, head.Commit.Data.Cid)),
		ahead:   newest{filesOf: s.filesOf},
	}
	t := newTaker(ctx, w, sink)
	err = t.run(e)
	s.counts.received.Add(t.took.Bytes)
	return Pulled{head, e.commits.blocks, t.took}, err
}

// checkPulled verifies the peer's head, which must be newer than what is held.
func (s *Syncer) checkPulled(raw dagcbor.RawValue, want Want) (content.Head, error) {
	const op = "sync.checkPulled"
	head, err := p2p.DecodeHead(raw)
	if err != nil {
		return content.Head{}, err
	}
	if head.Account() != want.Account {
		return content.Head{}, errUnexpected
	}
	if err := s.verify(head, time.Now()); err != nil {
		return content.Head{}, err
	}
	if head.Version().Compare(want.Since) <= 0 {
		return content.Head{}, content.Errorf(op, content.Unavailable, "the peer has nothing newer any more")
	}
	return head, nil
}

// repository is what may come of one: commits, then the tree, then files.
type repository struct {
	commits chain
	tree    *mst.Traversal
	ahead   newest
	files   *files // once files come
	what    part
}

// part is where in a pull a block stands.
type part uint8

const (
	inCommits part = iota
	inTree
	inFiles
)

func (e *repository) seek(c cid.Cid) bool {
	if e.what == inCommits && !e.commits.ended && e.commits.next.Defined() && e.commits.next.Equals(c) {
		return true
	}
	if content.Codec(c.Prefix().Codec) == content.DagCBOR {
		e.what = max(e.what, inTree)
		return e.what == inTree && e.seekTree(c)
	}
	if e.what != inFiles {
		e.what, e.files = inFiles, newFiles(e.ahead.files())
	}
	return e.files.seek(c)
}

func (e *repository) seekTree(c cid.Cid) bool {
	for stop, more := e.tree.Stop(); more; stop, more = e.tree.Stop() {
		if stop.CID.Equals(c) {
			return true
		}
		e.tree.Skip()
	}
	return false
}

func (e *repository) take(c cid.Cid, data []byte) (keep bool, err error) {
	switch e.what {
	case inCommits:
		return false, e.commits.add(bytes.Clone(data))
	case inFiles:
		return e.files.take(c, data)
	}
	if stop, _ := e.tree.Stop(); stop.Node() {
		return true, e.tree.Enter(data)
	}
	e.ahead.add(data)
	e.tree.Skip()
	return true, nil
}

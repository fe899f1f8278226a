package sync

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/p2p/internal/wire"
)

// serve answers a request.
func (s *Syncer) serve(ctx context.Context, w *wire.Conn, from peer.ID, b []byte) error {
	r, err := decodeRequest(b)
	switch {
	case err != nil:
		return w.Fail(wire.Refused)
	case !s.end.Spend(from, r.bodies()[0].work()):
		return w.Fail(wire.Busy)
	case r.Heads != nil:
		return s.answerHeads(ctx, w, r.Heads.Known)
	case r.Evidence != nil:
		return s.answerEvidence(ctx, w, *r.Evidence)
	case r.Commits != nil:
		return s.answerCommits(ctx, w, *r.Commits)
	case r.Holders != nil:
		return s.answerHolders(ctx, w, from, *r.Holders)
	case r.Size != nil:
		return s.answerSize(ctx, w, *r.Size)
	case !s.end.EnterBulk(from):
		return w.Fail(wire.Busy)
	}
	defer s.end.LeaveBulk(from)
	if r.Pull != nil {
		return s.answerPull(ctx, w, *r.Pull)
	}
	return s.answerFiles(ctx, w, *r.Files)
}

// newer is a head to send and which of the accounts asked about it is of.
type newer struct {
	index int
	head  content.Head
}

func (s *Syncer) answerHeads(ctx context.Context, w *wire.Conn, asked []known) error {
	held, heads, err := s.compare(ctx, asked)
	if err != nil {
		return err
	}
	if err := w.Write(response{Heads: &headsResponse{held, uint64(len(heads)), s.contradictions(asked)}}); err != nil {
		return err
	}
	for _, n := range heads {
		raw, err := dagcbor.Marshal(n.head)
		if err != nil {
			return err
		}
		if err := w.Write(response{Head: &headResponse{uint64(n.index), raw}}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Syncer) compare(ctx context.Context, asked []known) (bitmap, []newer, error) {
	held := newBitmap(len(asked))
	var heads []newer
	for i, k := range asked {
		account, version, err := k.parse()
		if err != nil {
			return nil, nil, err
		}
		head, err := s.source.Head(ctx, account)
		if content.KindOf(err) == content.NotFound {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		held.set(i)
		if head.Version().Compare(version) > 0 {
			heads = append(heads, newer{i, head})
		}
	}
	return held, heads, nil
}

// commitsChunk is how many commits go into one message.
const commitsChunk = 200

func (s *Syncer) answerCommits(ctx context.Context, w *wire.Conn, r commitsRequest) error {
	account, until, err := known{Account: r.Account, Epoch: r.Epoch, Rev: r.Rev}.parse()
	if err != nil {
		return err
	}
	next := r.From.Cid
	for sent := 0; ; {
		var chunk [][]byte
		for len(chunk) < commitsChunk && sent < MaxCommits && next.Defined() {
			block, err := s.source.Commit(ctx, account, next)
			if content.KindOf(err) == content.NotFound {
				break
			}
			if err != nil {
				return err
			}
			_, commit, err := decodeCommit(block.Data)
			if err != nil {
				return err
			}
			chunk = append(chunk, block.Data)
			sent++
			next = prev(commit)
			if (content.Version{Epoch: commit.Epoch, Rev: commit.Rev}).Compare(until) <= 0 {
				return w.Write(response{Commits: &commitsResponse{Blocks: chunk}})
			}
		}
		if sent == 0 {
			return w.Fail(wire.NotFound)
		}
		more := len(chunk) == commitsChunk && sent < MaxCommits && next.Defined()
		if err := w.Write(response{Commits: &commitsResponse{chunk, more}}); err != nil || !more {
			return err
		}
	}
}

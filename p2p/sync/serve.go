package sync

import (
	"context"

	"github.com/libp2p/go-libp2p/core/network"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// serve answers the one request of a stream. A peer that does not keep to the
// protocol has its stream reset; there is nothing to tell it.
func (s *Syncer) serve(stream network.Stream) {
	peer := stream.Conn().RemotePeer()
	stop := context.AfterFunc(s.ctx, func() { stream.Reset() })
	defer stop()
	w := newWire(stream, s.limits.Timeout)
	if !s.quota.enter(peer) {
		s.finish(w, w.write(response{Error: &failure{busy}}))
		return
	}
	defer s.quota.leave(peer)
	b, err := w.read(maxRequest)
	if err != nil {
		stream.Reset()
		return
	}
	s.finish(w, s.answer(w, peer, b))
}

func (s *Syncer) finish(w *wire, err error) {
	if err == nil {
		err = w.flush()
	}
	if err == nil {
		err = w.stream.Close()
	}
	if err != nil {
		w.stream.Reset()
	}
}

func (s *Syncer) answer(w *wire, peer peerID, b []byte) error {
	r, err := decodeRequest(b)
	switch {
	case err != nil:
		return w.write(response{Error: &failure{refused}})
	case !s.quota.spend(peer, r.bodies()[0].work()):
		return w.write(response{Error: &failure{busy}})
	case r.Heads != nil:
		return s.answerHeads(w, r.Heads.Known)
	case r.Evidence != nil:
		return s.answerEvidence(w, *r.Evidence)
	case r.Commits != nil:
		return s.answerCommits(w, *r.Commits)
	case r.Holders != nil:
		return s.answerHolders(w, peer, *r.Holders)
	case r.Size != nil:
		return s.answerSize(w, *r.Size)
	case !s.quota.enterBulk(peer):
		return w.write(response{Error: &failure{busy}})
	}
	defer s.quota.leaveBulk(peer)
	if r.Pull != nil {
		return s.answerPull(w, *r.Pull)
	}
	return s.answerFiles(w, *r.Files)
}

// newer is a head to send and which of the accounts asked about it is of.
type newer struct {
	index int
	head  content.Head
}

func (s *Syncer) answerHeads(w *wire, asked []known) error {
	held, heads, err := s.compare(asked)
	if err != nil {
		return err
	}
	if err := w.write(response{Heads: &headsResponse{held, uint64(len(heads)), s.contradictions(asked)}}); err != nil {
		return err
	}
	for _, n := range heads {
		raw, err := dagcbor.Marshal(n.head)
		if err != nil {
			return err
		}
		if err := w.write(response{Head: &headResponse{uint64(n.index), raw}}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Syncer) compare(asked []known) (bitmap, []newer, error) {
	held := newBitmap(len(asked))
	var heads []newer
	for i, k := range asked {
		account, version, err := k.parse()
		if err != nil {
			return nil, nil, err
		}
		head, err := s.source.Head(s.ctx, account)
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

func (s *Syncer) answerCommits(w *wire, r commitsRequest) error {
	account, until, err := known{Account: r.Account, Epoch: r.Epoch, Rev: r.Rev}.parse()
	if err != nil {
		return err
	}
	next := r.From.Cid
	for sent := 0; ; {
		var chunk [][]byte
		for len(chunk) < commitsChunk && sent < MaxCommits && next.Defined() {
			block, err := s.source.Commit(s.ctx, account, next)
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
				return w.write(response{Commits: &commitsResponse{Blocks: chunk}})
			}
		}
		if sent == 0 {
			return w.write(response{Error: &failure{notFound}})
		}
		more := len(chunk) == commitsChunk && sent < MaxCommits && next.Defined()
		if err := w.write(response{Commits: &commitsResponse{chunk, more}}); err != nil || !more {
			return err
		}
	}
}

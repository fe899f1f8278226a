package mirror

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p/internal/wire"
)

// serve answers one request.
func (s *Speaker) serve(ctx context.Context, c *wire.Conn, from peer.ID, b []byte) error {
	r, err := decodeRequest(b)
	if err != nil {
		return c.Fail(wire.Refused)
	}
	if !s.end.Spend(from, r.work()) {
		return c.Fail(wire.Busy)
	}
	answer, err := s.answer(ctx, from, r)
	if reason := wire.ReasonOf(err); reason != "" {
		return c.Fail(reason)
	}
	if err != nil {
		return err
	}
	return c.Write(answer)
}

func (r request) work() int {
	switch {
	case r.Receipt != nil:
		return 1 + len(r.Receipt.Posts)/postsAUnit
	case r.Samples != nil:
		return 1 + unitsASample*len(r.Samples.Blocks)
	}
	return 1
}

func (s *Speaker) answer(ctx context.Context, from peer.ID, r request) (response, error) {
	switch {
	case r.Wish != nil:
		return s.answerWish(ctx, from, *r.Wish)
	case r.Changed != nil:
		s.source.Changed(ctx, from, content.AccountID(r.Changed.Account))
		return response{Changed: &changedResponse{}}, nil
	case r.Receipt != nil:
		return s.answerReceipt(ctx, *r.Receipt)
	}
	return s.answerSamples(ctx, *r.Samples)
}

func (s *Speaker) answerWish(ctx context.Context, from peer.ID, r wishRequest) (response, error) {
	w, err := r.open(s.host.ID(), s.now())
	if err != nil {
		return response{}, err
	}
	a, err := s.source.Wished(ctx, from, w)
	if err != nil {
		return response{}, err
	}
	return response{Wish: &wishResponse{a.State, a.Cap, a.Used, Words(a.Words)}}, nil
}

func (s *Speaker) answerReceipt(ctx context.Context, r receiptRequest) (response, error) {
	posts, err := openPosts(r.Posts)
	if err != nil {
		return response{}, err
	}
	receipt := Receipt{Node: s.host.ID(), Account: content.AccountID(r.Account), Time: s.now().UTC().Truncate(time.Second), Posts: posts}
	if receipt.Version, receipt.Levels, err = s.source.Holds(ctx, receipt.Account, posts); err != nil {
		return response{}, err
	}
	if err := receipt.sign(s.key); err != nil {
		return response{}, err
	}
	said := receipt.statement()
	return response{Receipt: &receiptResponse{said.Epoch, said.Rev, said.Time, said.Levels, receipt.Sig}}, nil
}

func (s *Speaker) answerSamples(ctx context.Context, r samplesRequest) (response, error) {
	blocks, err := r.cids()
	if err != nil {
		return response{}, err
	}
	var sums []byte
	for _, c := range blocks {
		data, err := s.source.Block(ctx, c)
		if err != nil {
			return response{}, err
		}
		sum := SumOf(Salt(r.Salt), s.host.ID(), data)
		sums = append(sums, sum[:]...)
	}
	return response{Samples: &samplesResponse{sums}}, nil
}

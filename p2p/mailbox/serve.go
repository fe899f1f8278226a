package mailbox

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/p2p/internal/wire"
)

// serve answers one request.
func (s *Speaker) serve(ctx context.Context, c *wire.Conn, from peer.ID, b []byte) error {
	r, err := decodeRequest(b)
	if err != nil {
		return c.Fail(wire.Refused)
	}
	if !s.spend(from, r.work()) {
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

// spend takes the peer's own allowance first, so that one which has none left takes
// nothing from the others.
func (s *Speaker) spend(from peer.ID, units int) bool {
	return s.end.Spend(from, units) && s.all.AllowN(time.Now(), units)
}

func (s *Speaker) answer(ctx context.Context, from peer.ID, r request) (response, error) {
	if r.Deliver != nil {
		return s.answerDeliver(ctx, from, *r.Deliver)
	}
	return s.answerCollect(ctx, *r.Collect)
}

// answerDeliver verifies all before the receiver sees any: a peer that brings one
// which is invalid does not know what it does.
func (s *Speaker) answerDeliver(ctx context.Context, from peer.ID, r deliverRequest) (response, error) {
	drafts, err := r.drafts()
	if err != nil {
		return response{}, err
	}
	notices, verdicts, err := s.verifyAll(drafts)
	if err != nil {
		return response{}, err
	}
	answer := &deliverResponse{Verdicts: make([]verdictForm, len(notices))}
	for i, n := range notices {
		if verdicts[i].State == "" {
			verdicts[i] = s.judge(ctx, from, n)
		}
		answer.Verdicts[i] = verdicts[i].form()
	}
	return response{Deliver: answer}, nil
}

// verifyAll returns a notice for each draft, or the verdict on one that has to wait.
func (s *Speaker) verifyAll(drafts []Draft) ([]Notice, []Verdict, error) {
	notices, verdicts := make([]Notice, len(drafts)), make([]Verdict, len(drafts))
	verify, now := once(s.verify), s.now()
	for i, d := range drafts {
		var err error
		notices[i], err = Verify(d, verify, now)
		switch {
		case content.KindOf(err) == content.Unavailable:
			verdicts[i] = early(err, now)
		case err != nil:
			return nil, nil, err
		}
	}
	return notices, verdicts, nil
}

func (s *Speaker) judge(ctx context.Context, from peer.ID, n Notice) Verdict {
	v, err := s.receiver.Deliver(ctx, from, n)
	if err != nil {
		return failed(err)
	}
	return v
}

func (s *Speaker) answerCollect(ctx context.Context, r collectRequest) (response, error) {
	if err := r.verify(s.host.ID(), s.now()); err != nil {
		return response{}, err
	}
	notices, next, err := s.page(ctx, r, MaxNotices)
	if err != nil {
		return response{}, err
	}
	return response{Collect: &collectResponse{next, notices}}, nil
}

// page asks the receiver again where what it has does not fit into a message.
func (s *Speaker) page(ctx context.Context, r collectRequest, most int) ([]dagcbor.RawValue, Cursor, error) {
	drafts, next, err := s.receiver.Collect(ctx, r.Cert, r.Cursor, most)
	if err != nil {
		return nil, nil, err
	}
	notices, sizes := make([]dagcbor.RawValue, len(drafts)), make([]int, len(drafts))
	for i, d := range drafts {
		if notices[i], err = d.Encode(); err != nil {
			return nil, nil, content.E("mailbox.page", content.Corrupt, err)
		}
		sizes[i] = len(notices[i])
	}
	if fit := Fit(sizes); fit < len(drafts) && fit < most {
		return s.page(ctx, r, fit)
	}
	return notices, next, nil
}

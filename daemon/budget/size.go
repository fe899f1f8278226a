package budget

import (
	"context"
	"sync"
	"time"

	"rossgram.app/content"
	syncing "rossgram.app/p2p/sync"
)

// surveys remembers what accounts come to, so that whoever asks how often he likes
// has the records of an account looked through once for each of its versions, and
// of one account at a time.
type surveys struct {
	sync.Mutex // held while records are looked through
	last       map[content.AccountID]surveyed
}

type surveyed struct {
	size    syncing.Size
	version content.Version
	at      time.Time
}

const (
	maxSurveys = 1024
	surveyFor  = time.Minute // an answer is as good as new, though there are new posts
)

// Size implements [syncing.Sizer]: what an account that is held comes to, by its
// records.
func (b *Budget) Size(ctx context.Context, account content.AccountID) (syncing.Size, error) {
	const op = "budget.Size"
	head, err := b.Replica.Head(ctx, account)
	if err != nil {
		return syncing.Size{}, content.E(op, content.Other, err)
	}
	s := &b.surveyed
	s.Lock()
	defer s.Unlock()
	now := b.Now()
	if old, ok := s.last[account]; ok && (old.version == head.Version() || now.Sub(old.at) < surveyFor) {
		return old.size, nil
	}
	size, err := b.survey(ctx, account)
	if err != nil {
		return syncing.Size{}, content.E(op, content.Other, err)
	}
	s.put(account, surveyed{size, head.Version(), now})
	return size, nil
}

func (s *surveys) put(id content.AccountID, one surveyed) {
	if s.last == nil || len(s.last) >= maxSurveys {
		s.last = make(map[content.AccountID]surveyed)
	}
	s.last[id] = one
}

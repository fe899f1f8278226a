package announce

import (
	"context"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
)

// own marks a message that this node publishes.
type own struct{ head content.Head }

// validate says what becomes of a message: accept passes it on to peers, ignore
// drops it, reject drops it and lowers the sender's score.
//
//	malformed, over a limit, another account's, forged   reject
//	too far ahead of the clock, same or older            ignore
//	newer                                                accept and hand on
//	another commit of the version held (a fork)          accept and hand on, once an epoch
func (a *Announcer) validate(_ context.Context, from peer.ID, m *pubsub.Message) pubsub.ValidationResult {
	result := a.decide(from, m)
	a.counts.count(result)
	return result
}

func (a *Announcer) decide(from peer.ID, m *pubsub.Message) pubsub.ValidationResult {
	account, err := AccountOf(m.GetTopic())
	if err != nil {
		return pubsub.ValidationReject
	}
	t, done := a.enter(account)
	if t == nil {
		return pubsub.ValidationIgnore
	}
	defer done()
	if o, ok := m.ValidatorData.(own); ok {
		t.letThrough(o.head, Newer)
		return pubsub.ValidationAccept
	}
	head, blocks, err := Decode(m.GetData())
	if err != nil || head.Account() != account {
		return pubsub.ValidationReject
	}
	if t.passed(head) {
		return pubsub.ValidationIgnore
	}
	if err := a.verify(head, time.Now()); content.KindOf(err) == content.Unavailable {
		return pubsub.ValidationIgnore
	} else if err != nil {
		return pubsub.ValidationReject
	}
	if !t.letThrough(head, a.judge.Judge(head)) {
		return pubsub.ValidationIgnore
	}
	a.deliver(Announcement{head, blocks, from})
	return pubsub.ValidationAccept
}

// enter returns the account's topic, and what to call when the validation is
// over, so that Close can wait for it; or nil.
func (a *Announcer) enter(account content.AccountID) (*topic, func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.topics[account]
	if t == nil || a.closed {
		return nil, nil
	}
	a.running.Add(1)
	return t, a.running.Done
}

func (a *Announcer) deliver(n Announcement) {
	select {
	case a.out <- n:
	default:
		a.counts.dropped.Add(1)
	}
}

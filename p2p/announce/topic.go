package announce

import (
	"context"
	"strings"
	"sync"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
)

// MaxTopics is how many accounts a node subscribes to at most, and how many
// subscriptions of one peer it remembers.
const MaxTopics = 4096

const topicPrefix = "/rossgram/1/account/"

// TopicOf returns the name of an account's topic: /rossgram/1/account/DID.
func TopicOf(account content.AccountID) string { return topicPrefix + account.String() }

// AccountOf returns whose topic it is.
func AccountOf(topic string) (content.AccountID, error) {
	const op = "announce.AccountOf"
	did, ok := strings.CutPrefix(topic, topicPrefix)
	if !ok {
		return content.AccountID{}, content.Errorf(op, content.Invalid, "not the topic of an account")
	}
	return content.ParseAccountID(did)
}

// topic is a subscription and what was let through on it.
type topic struct {
	handle *pubsub.Topic
	leave  func()

	mu     sync.Mutex
	latest content.Version // the highest version let through
	forks  content.Epoch   // the highest epoch of which evidence was let through
}

// Subscribe listens to an account's announcements and passes them on to peers.
// Subscribing twice is once. More than [MaxTopics] is an error of kind TooLarge.
func (a *Announcer) Subscribe(account content.AccountID) error {
	const op = "announce.Subscribe"
	a.joining.Lock()
	defer a.joining.Unlock()
	switch t, topics, closed := a.look(account); {
	case closed:
		return content.Errorf(op, content.Unavailable, "the announcer is closed")
	case t != nil:
		return nil
	case topics >= MaxTopics:
		return content.Errorf(op, content.TooLarge, "too many accounts to hear announcements of all")
	}
	t, err := a.join(account)
	if err != nil {
		return content.E(op, content.Other, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.topics[account] = t
	return nil
}

// look returns an account's topic, nil if there is none, how many there are, and
// whether the announcer is closed.
func (a *Announcer) look(account content.AccountID) (t *topic, topics int, closed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.topics[account], len(a.topics), a.closed
}

// join becomes a relay of the topic, not a subscriber: what is valid is handed
// on by the validator, so that a topic costs neither a goroutine nor a queue.
func (a *Announcer) join(account content.AccountID) (*topic, error) {
	handle, err := a.router.Join(TopicOf(account))
	if err != nil {
		return nil, err
	}
	leave, err := handle.Relay()
	if err != nil {
		return nil, err
	}
	return &topic{handle: handle, leave: leave}, nil
}

// Unsubscribe ends [Announcer.Subscribe]; it is no error if there was none.
func (a *Announcer) Unsubscribe(account content.AccountID) error {
	a.joining.Lock()
	defer a.joining.Unlock()
	t, _, closed := a.look(account)
	if t == nil || closed {
		return nil
	}
	a.mu.Lock()
	delete(a.topics, account)
	a.mu.Unlock()
	t.leave()
	if err := t.handle.Close(); err != nil {
		return content.E("announce.Unsubscribe", content.Other, err)
	}
	return nil
}

// Publish announces a head of an account that is subscribed to, with the blocks
// that are new under it, or without them if they do not fit [MaxMessageSize].
// It hands the message to the queues of connected peers and does not wait for
// the network: nobody need be there to hear it.
func (a *Announcer) Publish(ctx context.Context, head content.Head, blocks []content.Block) error {
	const op = "announce.Publish"
	t, _, _ := a.look(head.Account())
	if t == nil {
		return content.Errorf(op, content.NotFound, "not subscribed to "+head.Account().String())
	}
	data, err := Encode(head, blocks)
	if err != nil {
		return content.E(op, content.Other, err)
	}
	if err := t.handle.Publish(ctx, data, pubsub.WithValidatorData(own{head})); err != nil {
		return content.E(op, content.Unavailable, err)
	}
	return nil
}

// letThrough reports whether a head is the first of its kind on this topic, and
// remembers it: of a version only one message passes, whatever blocks it brings,
// and of an epoch only one that is evidence of a fork.
func (t *topic) letThrough(h content.Head, v Verdict) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case v == Newer && h.Version().Compare(t.latest) > 0:
		t.latest = h.Version()
		return true
	case v == Fork && h.Commit.Epoch > t.forks:
		t.forks = h.Commit.Epoch
		return true
	}
	return false
}

// passed reports whether a head is older than what was let through, so that
// nothing need be spent on it. A fork may be of the very version.
func (t *topic) passed(h content.Head) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return h.Version().Compare(t.latest) < 0
}

// Listens reports whether a connected peer subscribes to an account. It answers
// from memory.
func (a *Announcer) Listens(p peer.ID, account content.AccountID) bool {
	a.admit.mu.Lock()
	defer a.admit.mu.Unlock()
	l := a.admit.peers[p]
	return l != nil && !l.topics[TopicOf(account)].IsZero()
}

// Listeners returns how many connected peers subscribe to an account.
func (a *Announcer) Listeners(account content.AccountID) int {
	t, _, _ := a.look(account)
	if t == nil {
		return 0
	}
	return len(t.handle.ListPeers())
}

package announce_test

import (
	"sync"
	"testing"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/internal/p2ptest"
)

// node is a host with an announcer, and what it holds.
type node struct {
	Host *p2p.Host
	*announce.Announcer
	held holdings
}

// holdings is a judge with a map.
type holdings struct {
	mu    sync.Mutex
	heads map[content.AccountID]content.Head
}

func (h *holdings) Judge(head content.Head) announce.Verdict {
	h.mu.Lock()
	defer h.mu.Unlock()
	held := h.heads[head.Account()]
	switch c := head.Version().Compare(held.Version()); {
	case c > 0:
		return announce.Newer
	case c == 0 && !held.Commit.Data.Equals(head.Commit.Data.Cid):
		return announce.Fork
	}
	return announce.Known
}

func (h *holdings) set(head content.Head) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heads[head.Account()] = head
}

func newNode(t *testing.T, cfg announce.Config) *node {
	n := &node{Host: p2ptest.Host(t), held: holdings{heads: make(map[content.AccountID]content.Head)}}
	cfg.Verify, cfg.Judge = p2ptest.Verify(t), &n.held
	a, err := announce.New(n.Host.Libp2p(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	n.Announcer = a
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func subscribe(t *testing.T, account content.AccountID, nodes ...*node) {
	t.Helper()
	for _, n := range nodes {
		if err := n.Subscribe(account); err != nil {
			t.Fatal(err)
		}
	}
}

// next waits for an announcement.
func (n *node) next(t *testing.T) announce.Announcement {
	t.Helper()
	select {
	case got := <-n.Announcements():
		return got
	case <-p2ptest.Context(t).Done():
		t.Fatal("no announcement arrived")
	}
	panic("unreachable")
}

// ready waits until publisher knows that others listen.
func ready(t *testing.T, publisher *node, account content.AccountID, others int) {
	t.Helper()
	p2ptest.Eventually(t, "subscriptions", func() bool { return publisher.Listeners(account) == others })
}

func TestAnnouncementCrossesAMiddleNode(t *testing.T) {
	author, middle, reader := newNode(t, announce.Config{}), newNode(t, announce.Config{}), newNode(t, announce.Config{})
	account := p2ptest.NewAccount(t)
	subscribe(t, account.ID, author, middle, reader)
	p2ptest.Connect(t, author.Host, middle.Host)
	p2ptest.Connect(t, middle.Host, reader.Host)
	ready(t, author, account.ID, 1)
	ready(t, middle, account.ID, 2)
	root := p2ptest.Tree(t, 1)
	head := account.Head(t, time.Now(), nil, root)
	if err := author.Publish(t.Context(), head, []content.Block{root}); err != nil {
		t.Fatal(err)
	}
	for _, n := range []*node{middle, reader} {
		got := n.next(t)
		if got.Head.Version() != head.Version() || len(got.Blocks) != 1 || !got.Blocks[0].CID.Equals(root.CID) {
			t.Errorf("got %v with %d blocks", got.Head.Version(), len(got.Blocks))
		}
		if got.From == n.Host.ID() {
			t.Error("heard of itself")
		}
	}
	select {
	case got := <-author.Announcements():
		t.Errorf("the author was told of its own head %v", got.Head.Version())
	default:
	}
}

func TestPublishNeedsNobody(t *testing.T) {
	n := newNode(t, announce.Config{})
	account := p2ptest.NewAccount(t)
	head := account.Head(t, time.Now(), nil, p2ptest.Tree(t, 1))
	if err := n.Publish(t.Context(), head, nil); content.KindOf(err) != content.NotFound {
		t.Errorf("without a subscription: %v", err)
	}
	subscribe(t, account.ID, n)
	if err := n.Publish(t.Context(), head, nil); err != nil {
		t.Error(err)
	}
}

// TestOnlyNewsPass sends to a node, in order: a forged head, another account's,
// one from the future, an old one and junk, none of which may arrive; then news.
func TestOnlyNewsPass(t *testing.T) {
	n, from := newNode(t, announce.Config{}), newRaw(t)
	account, other := p2ptest.NewAccount(t), p2ptest.NewAccount(t)
	old := account.Head(t, time.Now().Add(-time.Hour), nil, p2ptest.Tree(t, 1))
	held := account.Head(t, time.Now().Add(-time.Minute), nil, p2ptest.Tree(t, 2))
	n.held.set(held)
	subscribe(t, account.ID, n)
	topic := from.join(t, account.ID)
	p2ptest.Connect(t, from.Host, n.Host)
	from.ready(t, topic)
	news := account.Head(t, time.Now(), &held, p2ptest.Tree(t, 3))
	for _, b := range [][]byte{
		raw(t, old),
		raw(t, held),
		raw(t, account.Head(t, time.Now().Add(time.Hour), &held, p2ptest.Tree(t, 4))),
		raw(t, other.Head(t, time.Now(), nil, p2ptest.Tree(t, 5))),
		raw(t, p2ptest.Forge(news)),
		raw(t, news),
	} {
		from.publish(t, topic, b)
	}
	if got := n.next(t); got.Head.Version() != news.Version() || got.From != from.ID() {
		t.Errorf("%v passed, want %v", got.Head.Version(), news.Version())
	}
}

func TestForkPassesOnce(t *testing.T) {
	n, from := newNode(t, announce.Config{}), newRaw(t)
	account := p2ptest.NewAccount(t)
	at := time.Now().Add(-time.Minute)
	n.held.set(account.Head(t, at, nil, p2ptest.Tree(t, 1)))
	subscribe(t, account.ID, n)
	topic := from.join(t, account.ID)
	p2ptest.Connect(t, from.Host, n.Host)
	from.ready(t, topic)
	fork := account.Head(t, at, nil, p2ptest.Tree(t, 2))
	from.publish(t, topic, raw(t, fork))
	if got := n.next(t); !got.Head.Commit.Data.Equals(fork.Commit.Data.Cid) {
		t.Errorf("got %v", got.Head.Commit.Data)
	}
	from.publish(t, topic, raw(t, account.Head(t, at, nil, p2ptest.Tree(t, 3))))
	news := account.Head(t, time.Now(), nil, p2ptest.Tree(t, 4))
	from.publish(t, topic, raw(t, news))
	if got := n.next(t); got.Head.Version() != news.Version() {
		t.Error("a second fork of the epoch passed")
	}
}

// TestSenderOfJunkIsLetGo: after three invalid messages a peer is not heard any
// more, whatever it says, and others are.
func TestSenderOfJunkIsLetGo(t *testing.T) {
	n, bad, good := newNode(t, announce.Config{}), newRaw(t), newNode(t, announce.Config{})
	account := p2ptest.NewAccount(t)
	subscribe(t, account.ID, n, good)
	topic := bad.join(t, account.ID)
	p2ptest.Connect(t, bad.Host, n.Host)
	p2ptest.Connect(t, good.Host, n.Host)
	bad.ready(t, topic)
	ready(t, good, account.ID, 1)
	for i := range uint64(3) {
		bad.publish(t, topic, []byte{byte(i)})
		p2ptest.Eventually(t, "a rejection", func() bool { return n.Counts().Rejected == i+1 })
	}
	chain := account.Chain(t, 3)
	for i, head := range chain {
		if i == 1 {
			bad.publish(t, topic, raw(t, head))
			continue
		}
		if err := good.Publish(t.Context(), head, nil); err != nil {
			t.Fatal(err)
		}
		if got := n.next(t); got.Head.Version() != head.Version() || got.From != good.Host.ID() {
			t.Errorf("got %v from %v", got.Head.Version(), got.From)
		}
	}
	p2ptest.Eventually(t, "the count: 2 of the good peer, 3 that are junk", func() bool {
		return n.Counts() == announce.Counts{Accepted: 2, Rejected: 3}
	})
}

// TestFloodIsCut lets one peer send far more than it may; what is taken is bounded
// by its allowance.
func TestFloodIsCut(t *testing.T) {
	const burst = 8
	n := newNode(t, announce.Config{Limits: announce.Limits{PerSecond: 1e-9, Burst: burst}})
	flood := newRaw(t)
	account := p2ptest.NewAccount(t)
	subscribe(t, account.ID, n)
	topic := flood.join(t, account.ID)
	p2ptest.Connect(t, flood.Host, n.Host)
	flood.ready(t, topic)
	heads := account.Chain(t, 200)
	for _, h := range heads {
		flood.publish(t, topic, raw(t, h))
	}
	good := newNode(t, announce.Config{})
	subscribe(t, account.ID, good)
	p2ptest.Connect(t, good.Host, n.Host)
	ready(t, good, account.ID, 1)
	news := account.Head(t, time.Now(), nil, p2ptest.Tree(t, 1))
	if err := good.Publish(t.Context(), news, nil); err != nil {
		t.Fatal(err)
	}
	p2ptest.Eventually(t, "the honest peer's news", func() bool {
		select {
		case got := <-n.Announcements():
			return got.Head.Version() == news.Version()
		default:
			return false
		}
	})
	if c := n.Counts(); c.Accepted+c.Ignored+c.Rejected > burst+1 {
		t.Errorf("%+v: more was taken of a peer than the %d it may send", c, burst)
	}
}

// TestOversizeMessageIsNotTaken sends a message over the router's frame, for which
// the stream is cut, and by another peer one over the limit of messages, which
// passes for invalid. What else that peer says is heard.
func TestOversizeMessageIsNotTaken(t *testing.T) {
	n, cut, from := newNode(t, announce.Config{}), newRaw(t), newRaw(t)
	account := p2ptest.NewAccount(t)
	chain := account.Chain(t, 3)
	subscribe(t, account.ID, n)
	for i, tc := range []struct {
		peer *rawPeer
		size int
	}{{cut, 2 << 20}, {from, announce.MaxMessageSize}} {
		topic := tc.peer.join(t, account.ID)
		p2ptest.Connect(t, tc.peer.Host, n.Host)
		tc.peer.ready(t, topic)
		tc.peer.publish(t, topic, raw(t, chain[i], make([]byte, tc.size)))
		if tc.peer == cut {
			p2ptest.Eventually(t, "the stream's end", func() bool { return len(topic.ListPeers()) == 0 })
			continue
		}
		tc.peer.publish(t, topic, raw(t, chain[2]))
	}
	if got := n.next(t); got.Head.Version() != chain[2].Version() || got.From != from.ID() {
		t.Error("an oversize message was taken")
	}
	p2ptest.Eventually(t, "the count: news, and a message over the limit", func() bool {
		return n.Counts() == announce.Counts{Accepted: 1, Rejected: 1}
	})
}

func TestUnsubscribedHearsNothing(t *testing.T) {
	a, b := newNode(t, announce.Config{}), newNode(t, announce.Config{})
	first, second := p2ptest.NewAccount(t), p2ptest.NewAccount(t)
	for _, account := range []p2ptest.Account{first, second} {
		subscribe(t, account.ID, a, b)
	}
	p2ptest.Connect(t, a.Host, b.Host)
	ready(t, a, first.ID, 1)
	if err := b.Unsubscribe(first.ID); err != nil {
		t.Fatal(err)
	}
	ready(t, a, first.ID, 0)
	ready(t, a, second.ID, 1)
	for _, account := range []p2ptest.Account{first, second} {
		if err := a.Publish(t.Context(), account.Chain(t, 1)[0], nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.next(t); got.Head.Account() != second.ID {
		t.Error("heard of an account that is not subscribed to")
	}
	subscribe(t, first.ID, b) // once more
	ready(t, a, first.ID, 1)
	if err := a.Publish(t.Context(), first.Chain(t, 2)[1], nil); err != nil {
		t.Fatal(err)
	}
	if got := b.next(t); got.Head.Account() != first.ID {
		t.Error("not heard after subscribing again")
	}
}

// rawPeer publishes whatever a test likes.
type rawPeer struct {
	*p2p.Host
	router *pubsub.PubSub
}

func newRaw(t *testing.T) *rawPeer {
	h := p2ptest.Host(t)
	router, err := pubsub.NewGossipSub(t.Context(), h.Libp2p(), pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign),
		pubsub.WithNoAuthor(), pubsub.WithFloodPublish(true), pubsub.WithMaxMessageSize(8<<20),
		pubsub.WithMessageIdFn(announce.MessageID))
	if err != nil {
		t.Fatal(err)
	}
	return &rawPeer{h, router}
}

func (r *rawPeer) join(t *testing.T, account content.AccountID) *pubsub.Topic {
	topic, err := r.router.Join(announce.TopicOf(account))
	if err != nil {
		t.Fatal(err)
	}
	return topic
}

func (r *rawPeer) ready(t *testing.T, topic *pubsub.Topic) {
	t.Helper()
	p2ptest.Eventually(t, "the subscription of the other", func() bool { return len(topic.ListPeers()) == 1 })
}

func (r *rawPeer) publish(t *testing.T, topic *pubsub.Topic, b []byte) {
	if err := topic.Publish(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func TestUnreadAnnouncementsAreDropped(t *testing.T) {
	n, from := newNode(t, announce.Config{Queue: 2}), newRaw(t)
	account := p2ptest.NewAccount(t)
	subscribe(t, account.ID, n)
	topic := from.join(t, account.ID)
	p2ptest.Connect(t, from.Host, n.Host)
	from.ready(t, topic)
	for i, h := range account.Chain(t, 5) {
		from.publish(t, topic, raw(t, h))
		p2ptest.Eventually(t, "the message", func() bool { return n.Counts().Accepted == uint64(i+1) })
	}
	if c := n.Counts(); c.Dropped != 3 || len(n.Announcements()) != 2 {
		t.Errorf("%+v with %d waiting, want 3 dropped and 2 waiting", c, len(n.Announcements()))
	}
}

// TestTopicIsLeftWhileItIsPublishedOn: neither waits for the other for ever.
func TestTopicIsLeftWhileItIsPublishedOn(t *testing.T) {
	account := p2ptest.NewAccount(t)
	n := newNode(t, announce.Config{})
	var work sync.WaitGroup
	defer work.Wait()
	over := make(chan struct{})
	defer close(over)
	tree := p2ptest.Tree(t, 1)
	for range 2 {
		work.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				head := account.Head(t, time.Now(), nil, tree) // what was said before is not validated again
				if err := n.Publish(t.Context(), head, nil); err != nil &&
					content.KindOf(err) != content.NotFound && content.KindOf(err) != content.Unavailable {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 2000 {
		subscribe(t, account.ID, n)
		if err := n.Unsubscribe(account.ID); err != nil {
			t.Fatal(err)
		}
	}
}

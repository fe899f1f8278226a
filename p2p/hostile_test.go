package p2p_test

import (
	"context"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/boxo/bitswap/message"
	"github.com/ipfs/boxo/bitswap/network/bsnet"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	manet "github.com/multiformats/go-multiaddr/net"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/store"
	"rossgram.app/p2p"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/exchange"
	"rossgram.app/p2p/internal/p2ptest"
	psync "rossgram.app/p2p/sync"
)

// member is a node with every protocol, as a daemon has it, over real parts.
type member struct {
	*p2p.Host
	announce *announce.Announcer
	sync     *psync.Syncer
	exchange *exchange.Exchange
	photo    content.Block // published
	known    known
}

// known is what a member holds: the newest head of each account.
type known struct {
	mu    sync.Mutex
	heads map[content.AccountID]content.Head
	heard int
}

func (k *known) Judge(h content.Head) announce.Verdict {
	if k.version(h.Account()).Compare(h.Version()) < 0 {
		return announce.Newer
	}
	return announce.Known
}

func (k *known) Head(_ context.Context, account content.AccountID) (content.Head, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if h, ok := k.heads[account]; ok {
		return h, nil
	}
	return content.Head{}, content.Errorf("known.Head", content.NotFound, "not held")
}

func (k *known) Commit(context.Context, content.AccountID, cid.Cid) (content.Block, error) {
	return content.Block{}, content.Errorf("known.Commit", content.NotFound, "not held")
}

func (k *known) Block(context.Context, cid.Cid, []byte) ([]byte, error) {
	return nil, content.Errorf("known.Block", content.NotFound, "not held")
}

func (k *known) version(account content.AccountID) content.Version {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.heads[account].Version()
}

func (k *known) hear(h content.Head) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.heads[h.Account()] = h
	k.heard++
}

func (k *known) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.heard
}

func newMember(t *testing.T) *member {
	m := &member{Host: p2ptest.Host(t), known: known{heads: make(map[content.AccountID]content.Head)}}
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	m.announce, err = announce.New(m.Libp2p(), announce.Config{Verify: p2ptest.Verify(t), Judge: &m.known})
	must(t, err)
	t.Cleanup(func() { must(t, m.announce.Close()) })
	m.sync, err = psync.New(m.Libp2p(), psync.Config{Verify: p2ptest.Verify(t), Source: &m.known,
		Limits: psync.Limits{Timeout: time.Second}})
	must(t, err)
	t.Cleanup(func() { must(t, m.sync.Close()) })
	m.exchange, err = exchange.New(m.Libp2p(), exchange.Config{Published: s.Published(), Idle: 20 * time.Second})
	must(t, err)
	t.Cleanup(func() { must(t, m.exchange.Close()) })
	m.photo = m.publishPhoto(t, s)
	go func() {
		for n := range m.announce.Announcements() {
			m.known.hear(n.Head)
		}
	}()
	return m
}

func (m *member) publishPhoto(t *testing.T, s *store.Store) content.Block {
	photo := content.NewBlock(content.Raw, []byte("a photo of "+m.ID().String()))
	head := p2ptest.NewAccount(t).Head(t, p2ptest.Noon, nil, p2ptest.Tree(t, 1))
	raw, err := dagcbor.Marshal(head)
	must(t, err)
	must(t, s.Publish(t.Context(), store.Publication{
		Account: head.Account(), Version: head.Version(), Head: raw,
		Blocks: []content.Block{photo}, Pin: []store.Pin{{CID: photo.CID}},
	}))
	return photo
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// drain is a sink that keeps nothing.
type drain struct{}

func (drain) Put(context.Context, ...content.Block) error { return nil }

// friend is an honest peer and the account it announces.
type friend struct {
	*member
	account p2ptest.Account
	said    int
}

// isServed sees to it that m hears the friend's news, tells it a head and gives it a photo.
func (f *friend) isServed(t *testing.T, m *member) {
	t.Helper()
	f.said++
	head := f.account.Head(t, time.Now(), nil, p2ptest.Tree(t, f.said))
	must(t, f.announce.Publish(t.Context(), head, nil))
	p2ptest.Eventually(t, "the friend's news", func() bool { return m.known.version(f.account.ID) == head.Version() })
	answer, err := f.sync.Heads(p2ptest.Context(t), m.ID(), []psync.Known{{Account: f.account.ID}})
	if err != nil || len(answer.Newer) != 1 {
		t.Errorf("%d heads: %v", len(answer.Newer), err)
	}
	err = f.exchange.Fetch(p2ptest.Context(t), []peer.AddrInfo{p2ptest.Info(m.Host)}, []cid.Cid{m.photo.CID}, drain{})
	if err != nil {
		t.Errorf("no photo: %v", err)
	}
}

// TestHostilePeers lets peers do their worst to a node, kind by kind. After each,
// and while the peers are still there, a friend is served; when they are gone, so
// is what they cost.
func TestHostilePeers(t *testing.T) {
	m := newMember(t)
	f := &friend{member: newMember(t), account: p2ptest.NewAccount(t)}
	hostile := p2ptest.NewAccount(t)
	for _, a := range []content.AccountID{f.account.ID, hostile.ID} {
		must(t, m.announce.Subscribe(a))
	}
	must(t, f.announce.Subscribe(f.account.ID))
	p2ptest.Connect(t, f.Host, m.Host)
	p2ptest.Eventually(t, "the friend to be heard", func() bool { return f.announce.Listeners(f.account.ID) == 1 })
	f.isServed(t, m)
	before := measure()
	for name, attack := range map[string]func(*testing.T, *member, p2ptest.Account){
		"forged heads and messages over the limits": junkOnTopics,
		"a million heads":            endlessHeads,
		"requests without pause":     endlessRequests,
		"blocks nobody wants":        unwantedBlocks,
		"silence":                    silence,
		"many peers and connections": crowd,
	} {
		t.Run(name, func(t *testing.T) {
			attack(t, m, hostile)
			f.isServed(t, m)
		})
	}
	var after usage
	p2ptest.Eventually(t, "goroutines and memory to be given back", func() bool {
		after = measure()
		return after.goroutines <= before.goroutines+20 && after.heap <= before.heap+32<<20
	})
	t.Logf("before %+v, after %+v", before, after)
}

type usage struct {
	goroutines int
	heap       uint64
}

func measure() usage {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return usage{runtime.NumGoroutine(), m.HeapAlloc}
}

// enemy is a host that is connected to m.
func enemy(t *testing.T, m *member) *p2p.Host {
	h := p2ptest.Host(t)
	p2ptest.Connect(t, h, m.Host)
	return h
}

// speaker returns a function that publishes whatever it is given on the topic.
func speaker(t *testing.T, m *member, account content.AccountID) func([]byte) {
	h := p2ptest.Host(t)
	router, err := pubsub.NewGossipSub(t.Context(), h.Libp2p(), pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign),
		pubsub.WithNoAuthor(), pubsub.WithFloodPublish(true), pubsub.WithMessageIdFn(announce.MessageID))
	must(t, err)
	topic, err := router.Join(announce.TopicOf(account))
	must(t, err)
	p2ptest.Connect(t, h, m.Host)
	p2ptest.Eventually(t, "the subscription", func() bool { return len(topic.ListPeers()) == 1 })
	return func(b []byte) { must(t, topic.Publish(t.Context(), b)) }
}

func encode(t *testing.T, v any) []byte {
	b, err := dagcbor.Marshal(v)
	must(t, err)
	return b
}

func junkOnTopics(t *testing.T, m *member, hostile p2ptest.Account) {
	heard := m.known.count()
	forged, heavy, junk := speaker(t, m, hostile.ID), speaker(t, m, hostile.ID), speaker(t, m, hostile.ID)
	for i, h := range hostile.Chain(t, 50) {
		record := make([]byte, content.MaxNodeSize+i)
		forged(encode(t, map[string]any{"head": p2ptest.Forge(h), "blocks": [][]byte{}}))
		heavy(encode(t, map[string]any{"head": h, "blocks": [][]byte{record}}))
		junk(record[:i])
	}
	p2ptest.Eventually(t, "rejections of all three", func() bool { return m.announce.Counts().Rejected >= 9 })
	if got := m.known.count(); got != heard {
		t.Errorf("%d announcements were taken", got-heard)
	}
}

// endlessHeads says what is true, of an account that has a new head all the time.
func endlessHeads(t *testing.T, m *member, hostile p2ptest.Account) {
	before, say := m.announce.Counts(), speaker(t, m, hostile.ID)
	start, sent := time.Now(), 0
	for at := start.Add(-time.Hour); time.Since(start) < 3*time.Second && sent < 1_000_000; sent++ {
		at = at.Add(time.Millisecond)
		say(encode(t, map[string]any{"head": hostile.Head(t, at, nil, p2ptest.Tree(t, sent)), "blocks": [][]byte{}}))
	}
	p2ptest.Eventually(t, "some of them", func() bool { return m.announce.Counts().Accepted > before.Accepted })
	c := m.announce.Counts()
	const burst, perSecond = 256, 20 // the announcer's own limits
	taken := float64(c.Accepted + c.Ignored + c.Rejected - before.Accepted - before.Ignored - before.Rejected)
	if most := burst + perSecond*(time.Since(start).Seconds()+1); taken > most {
		t.Errorf("%v of %d messages were looked at, more than %v", taken, sent, most)
	}
}

func endlessRequests(t *testing.T, m *member, _ p2ptest.Account) {
	h := enemy(t, m)
	asked, err := psync.New(h.Libp2p(), psync.Config{Source: &known{}, Verify: p2ptest.Verify(t)})
	must(t, err)
	defer asked.Close()
	list := make([]psync.Known, psync.MaxAccounts)
	for start, n := time.Now(), 0; time.Since(start) < 2*time.Second && n < 1000; n++ {
		if _, err := asked.Heads(t.Context(), m.ID(), list); err != nil && content.KindOf(err) != content.Unavailable {
			t.Fatal(err)
		}
	}
}

// unwantedBlocks sends 16 MiB that nobody asked for, and asks for as many blocks
// as fit a message.
func unwantedBlocks(t *testing.T, m *member, _ p2ptest.Account) {
	h := enemy(t, m)
	out := bsnet.NewFromIpfsHost(h.Libp2p())
	for i := range 16 {
		data := make([]byte, 1<<20)
		data[0] = byte(i)
		msg := message.New(false)
		msg.AddBlock(blocks.NewBlock(data))
		for n := range 1000 {
			msg.AddEntry(content.Sum(content.Raw, []byte{byte(i), byte(n), byte(n >> 8)}), 1, 0, true)
		}
		if err := out.SendMessage(p2ptest.Context(t), m.ID(), msg); err != nil {
			return // it was cut off, which is as well
		}
	}
}

// protocols are those a peer can open streams of.
var protocols = []protocol.ID{psync.Protocol, bsnet.ProtocolBitswap, pubsub.GossipSubID_v12}

// silence opens more streams than there may be and says nothing on them, or half
// a length; those that wait for a request end.
func silence(t *testing.T, m *member, _ p2ptest.Account) {
	h := enemy(t, m)
	for _, id := range protocols {
		for i := range 300 {
			s, err := h.Libp2p().NewStream(p2ptest.Context(t), m.ID(), id)
			if err != nil {
				break // over the limit
			}
			if i%2 == 0 {
				s.Write([]byte{200})
			}
		}
	}
	p2ptest.Eventually(t, "streams without a request to end", func() bool {
		return streamsOf(m.Host, h.ID(), psync.Protocol) == 0
	})
	if n := streamsOf(m.Host, h.ID(), ""); n > 128 {
		t.Errorf("%d streams of one peer", n)
	}
}

// streamsOf counts the streams of a protocol, or all, that a peer has at a host.
func streamsOf(h *p2p.Host, from peer.ID, id protocol.ID) (n int) {
	for _, c := range h.Libp2p().Network().ConnsToPeer(from) {
		for _, s := range c.GetStreams() {
			if id == "" || s.Protocol() == id {
				n++
			}
		}
	}
	return n
}

// crowd comes as many peers at once, and as connections that never say who they are.
func crowd(t *testing.T, m *member, _ p2ptest.Account) {
	for _, a := range m.Libp2p().Addrs() {
		addr, err := manet.ToNetAddr(a)
		if tcp, ok := addr.(*net.TCPAddr); err == nil && ok {
			for range 300 {
				c, err := net.DialTCP("tcp", nil, tcp)
				must(t, err)
				t.Cleanup(func() { c.Close() })
			}
		}
	}
	for range 20 {
		h := p2ptest.Host(t)
		err := h.Connect(p2ptest.Context(t), p2ptest.Info(m.Host))
		if err != nil && content.KindOf(err) != content.Unavailable {
			t.Fatal(err)
		}
	}
	if n := len(m.Libp2p().Network().Conns()); n > 160 {
		t.Errorf("%d connections", n)
	}
}

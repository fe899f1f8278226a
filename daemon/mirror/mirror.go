// Package mirror is this node's part in keeping accounts whole: which accounts it
// has promised to keep for others, which nodes the hosted accounts have asked, and
// what others say, signed, that they hold of the hosted accounts' posts.
//
// It guarantees that what was promised, asked and decided survives a crash, and
// that saying anything twice is saying it once; that no account is kept for others
// without the consent of this node's owner, in person or by [Policy]; and that a
// receipt counts only from a node that has just shown that it holds a sample. What
// strangers can make it remember is bounded (limits.go).
//
// Fetching is package follow's business, the messages are package p2p/mirror's.
package mirror

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/event"
	"rossgram.app/daemon/follow"
	"rossgram.app/daemon/publish"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
	"rossgram.app/p2p/discover"
	protocol "rossgram.app/p2p/mirror"
)

// Parts is what [Mirrors] works with. All are needed.
type Parts struct {
	Replica *replica.Replica
	Store   *store.Store
	Host    *p2p.Host
	Keeper  *follow.Keeper
	Book    *discover.Book
	Dialer  *discover.Dialer
	Publish *publish.Publisher
	Events  *event.Bus
	Log     *slog.Logger
	// Elsewhere counts the places other than nodes that hold a post.
	Elsewhere func(account content.AccountID, p protocol.Post) int
	Policy    Policy
	Pace      Pace
	Now       func() time.Time
}

// Mirrors keeps promises and asks for them. Make it with [Open] before the keeper
// starts, then [Mirrors.Start] it. It is safe for concurrent use.
type Mirrors struct {
	Parts
	speaker *protocol.Speaker
	room    *store.KV // see state.go
	ctx     context.Context
	cancel  context.CancelFunc
	owned   sync.WaitGroup
	slots   chan struct{} // taken by each peer being asked
	wake    chan struct{} // holds one: the diary has changed

	deciding sync.Mutex // one decision at a time; taken before mu

	// mu guards the rest. Under it, nothing else of this node is called.
	mu     sync.Mutex
	given  map[content.AccountID]Given
	wanted map[pair]Wanted
	diary  map[pair]appointment
	heard  map[pair]time.Time // of whom there are receipts, and the latest
	few    map[content.AccountID]Few
	warned map[content.AccountID]content.URI
	closed bool
}

// pair is an account and a node.
type pair struct {
	account content.AccountID
	node    peer.ID
}

// Open reads what was promised and asked, has the keeper keep what was promised,
// and begins to answer peers.
func Open(ctx context.Context, parts Parts) (*Mirrors, error) {
	const op = "mirror.Open"
	m := &Mirrors{
		Parts: parts, room: parts.Store.State().Bucket("mirror/"),
		slots: make(chan struct{}, asksAtOnce), wake: make(chan struct{}, 1),
		given: make(map[content.AccountID]Given), wanted: make(map[pair]Wanted),
		diary: make(map[pair]appointment), heard: make(map[pair]time.Time),
		few: make(map[content.AccountID]Few), warned: make(map[content.AccountID]content.URI),
	}
	m.Pace.setDefaults()
	m.ctx, m.cancel = context.WithCancel(context.Background())
	if err := m.load(ctx); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	for _, g := range m.given {
		if g.State == protocol.Accepted {
			if err := m.Keeper.Mirror(ctx, g.Account, g.Cap); err != nil {
				return nil, content.E(op, content.Other, err)
			}
		}
	}
	h := m.Host.Libp2p()
	var err error
	m.speaker, err = protocol.New(h, protocol.Config{Source: source{m}, Key: h.Peerstore().PrivKey(h.ID()), Now: m.Now})
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return m, nil
}

// Start begins to ask peers.
func (m *Mirrors) Start() {
	for _, w := range m.Wanted() {
		if w.State == protocol.Accepted {
			m.Dialer.Want(w.Account)
		}
	}
	peers, unsubscribe := m.Host.Subscribe(256)
	m.own(func(ctx context.Context) {
		defer unsubscribe()
		m.watchPeers(ctx, peers)
	})
	m.own(m.keepAppointments)
	m.own(m.countAll)
	for _, p := range m.Host.Peers() {
		m.met(p.ID, p.Protocols)
	}
}

// own runs f until the mirrors close, unless they have.
func (m *Mirrors) own(f func(context.Context)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.owned.Go(func() { f(m.ctx) })
	}
}

// Close stops asking and answering, and waits.
func (m *Mirrors) Close() error {
	m.cancel()
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.owned.Wait()
	return m.speaker.Close()
}

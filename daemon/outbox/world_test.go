package outbox_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/outbox"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/mailbox"
	syncing "rossgram.app/p2p/sync"
)

// patience is how long a test waits for what must happen.
const patience = 60 * time.Second

// home is what of a node survives a restart.
type home struct {
	dir     string
	key     crypto.PrivKey
	rings   []*keys.Keyring
	box     *box
	ahead   *atomic.Int64 // of the clock
	mirrors []peer.ID     // of its accounts
	deaf    bool          // the outbox does not hear of steps
}

func newHome(t testing.TB, accounts int) home {
	t.Helper()
	h := home{dir: t.TempDir(), box: newBox(), ahead: new(atomic.Int64)}
	var err error
	h.key, _, err = crypto.GenerateEd25519Key(rand.Reader)
	check(t, err)
	for range accounts {
		phrase, err := keys.NewPhrase()
		check(t, err)
		ring, err := keys.CreateKeyring(filepath.Join(h.dir, "accounts"), phrase, false, time.Now())
		check(t, err)
		h.rings = append(h.rings, ring)
		h.box.serve(mailbox.Accepted, ring.ID())
	}
	return h
}

// node is everything of a node that the outbox needs, over real parts.
type node struct {
	t testing.TB
	home
	Store   *store.Store
	Replica *replica.Replica
	Host    *p2p.Host
	Speaker *mailbox.Speaker
	Sync    *syncing.Syncer
	Book    *discover.Book
	Dialer  *discover.Dialer
	Outbox  *outbox.Outbox
	hosted  *replica.Hosted // the first account
	closing sync.Once
}

func newNode(t testing.TB) *node { return start(t, newHome(t, 1)) }

func start(t testing.TB, h home) *node {
	t.Helper()
	n := &node{t: t, home: h}
	n.open()
	t.Cleanup(n.close)
	return n
}

// again starts the node anew, after it was closed.
func (n *node) again(change ...func(*home)) *node {
	n.t.Helper()
	n.close()
	h := n.home
	for _, f := range change {
		f(&h)
	}
	return start(n.t, h)
}

func (n *node) now() time.Time { return time.Now().Add(time.Duration(n.ahead.Load())) }

func (n *node) open() {
	t := n.t
	t.Helper()
	var err error
	n.Store, err = store.Open(t.Context(), filepath.Join(n.dir, "store"), store.Options{Reserve: 1 << 20})
	check(t, err)
	n.Replica = replica.New(n.Store, time.Now, func(ctx context.Context, u replica.Update) error {
		if n.deaf {
			return nil
		}
		return n.Outbox.Watch(ctx, u)
	})
	for _, ring := range n.rings {
		_, err := n.Replica.Host(t.Context(), ring)
		check(t, err)
	}
	n.hosted, _ = n.Replica.Hosted(n.id())
	n.Host, err = p2p.New(t.Context(), p2p.Config{Key: n.key, Listen: p2p.ListenOn(netip.MustParseAddrPort("127.0.0.1:0"))})
	check(t, err)
	n.Speaker, err = mailbox.New(n.Host.Libp2p(), mailbox.Config{Receiver: n.box, Verify: repo.VerifyHead})
	check(t, err)
	n.Sync, err = syncing.New(n.Host.Libp2p(), syncing.Config{Source: archive{n}, Verify: repo.VerifyHead})
	check(t, err)
	n.Book, err = discover.OpenBook(t.Context(), &shelf{})
	check(t, err)
	n.Dialer, err = discover.NewDialer(n.Host, n.Book, discover.Pace{}, nil)
	check(t, err)
	n.Outbox, err = outbox.Open(t.Context(), outbox.Parts{
		Replica: n.Replica, Store: n.Store, Host: n.Host, Speaker: n.Speaker, Sync: n.Sync, Book: n.Book, Dialer: n.Dialer,
		Log: slog.New(slog.DiscardHandler), Now: n.now,
		Local: func(ctx context.Context, notice mailbox.Notice) (mailbox.Verdict, error) {
			return n.box.Deliver(ctx, n.Host.ID(), notice)
		},
		Mirrors: func(content.AccountID) []peer.ID { return n.mirrors },
	})
	check(t, err)
	check(t, n.Host.Listen())
	check(t, n.Outbox.Start(t.Context()))
}

func (n *node) close() {
	n.closing.Do(func() {
		for _, c := range []interface{ Close() error }{
			n.Outbox, n.Dialer, n.Sync, n.Speaker, n.Host, n.Replica, n.Store,
		} {
			if err := c.Close(); err != nil {
				n.t.Error(err)
			}
		}
	})
}

// archive answers peers that compare heads.
type archive struct{ *node }

func (a archive) Head(ctx context.Context, id content.AccountID) (content.Head, error) {
	return a.Replica.Head(ctx, id)
}

func (a archive) Commit(context.Context, content.AccountID, cid.Cid) (content.Block, error) {
	return content.Block{}, content.Errorf("archive", content.NotFound, "none")
}

func (a archive) Block(ctx context.Context, c cid.Cid, b []byte) ([]byte, error) {
	return a.Store.AppendPublished(ctx, c, b)
}

// shelf keeps a book in memory.
type shelf struct{}

func (*shelf) Load(context.Context, func(discover.Entry) error) error { return nil }
func (*shelf) Save(context.Context, []discover.Entry) error           { return nil }

func (n *node) id() content.AccountID { return n.rings[0].ID() }

func connect(t testing.TB, a, b *node) {
	t.Helper()
	knows := func(a, b *node) bool {
		p, ok := a.Host.Peer(b.Host.ID())
		return ok && slices.Contains(p.Protocols, mailbox.Protocol)
	}
	check(t, a.Host.Connect(t.Context(), peer.AddrInfo{ID: b.Host.ID(), Addrs: b.Host.Libp2p().Addrs()}))
	eventually(t, "two nodes to meet", func() bool { return knows(a, b) && knows(b, a) })
}

func (n *node) apply(ops ...repo.Op) {
	n.t.Helper()
	if _, err := n.hosted.Apply(n.t.Context(), ops); err != nil {
		n.t.Fatal(err)
	}
}

func put(t testing.TB, p content.Path, r record.Record) repo.Op {
	t.Helper()
	b, err := record.Encode(r)
	check(t, err)
	return repo.Put(p, b, repo.Anything())
}

// follow has the node's account follow another, and returns the record's path.
func (n *node) follow(who content.AccountID) content.Path {
	n.t.Helper()
	return n.followAt(who, time.Now())
}

func (n *node) followAt(who content.AccountID, at time.Time) content.Path {
	n.t.Helper()
	p := content.NewPath(content.CollectionFollow, record.FollowKey(who))
	n.apply(put(n.t, p, &record.Follow{Subject: who, Created: record.TimeOf(at)}))
	return p
}

func (n *node) delete(p content.Path) {
	n.t.Helper()
	n.apply(repo.Delete(p, repo.Present()))
}

// speak gives the account a head, so that its node can say that it holds it.
func (n *node) speak() *node {
	n.t.Helper()
	n.apply(put(n.t, "app.rossgram.profile/self", &record.Profile{Name: "somebody", Created: record.TimeOf(time.Now())}))
	return n
}

func (n *node) pending() []outbox.Entry {
	n.t.Helper()
	list, err := n.Outbox.Pending(n.t.Context(), n.id())
	check(n.t, err)
	return list
}

// waitEmpty waits until there is nothing to be told.
func (n *node) waitEmpty() {
	n.t.Helper()
	eventually(n.t, "all to be told", func() bool { return len(n.pending()) == 0 })
}

// waitTold waits until a target has heard of a record, or that it is gone.
func waitTold(t testing.TB, b *box, target content.AccountID, p content.Path, there bool) {
	t.Helper()
	eventually(t, "a notice", func() bool { return b.has(target, p, there) })
}

// pass moves the clock.
func (n *node) pass(d time.Duration) {
	n.ahead.Add(int64(d))
	n.Outbox.Look()
}

// eventually polls until done, and fails the test if that takes too long.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h home) accounts() (ids []content.AccountID) {
	for _, ring := range h.rings {
		ids = append(ids, ring.ID())
	}
	return ids
}

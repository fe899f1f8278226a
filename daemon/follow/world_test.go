package follow_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
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
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/branch"
	"rossgram.app/daemon/event"
	"rossgram.app/daemon/follow"
	"rossgram.app/daemon/index"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/exchange"
	syncing "rossgram.app/p2p/sync"
)

// patience is how long a test waits for what must happen.
const patience = 60 * time.Second

// home is what of a node survives a restart.
type home struct {
	dir  string
	key  crypto.PrivKey
	ring *keys.Keyring
}

func newHome(t testing.TB) home {
	t.Helper()
	dir := t.TempDir()
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	check(t, err)
	phrase, err := keys.NewPhrase()
	check(t, err)
	ring, err := keys.CreateKeyring(filepath.Join(dir, "accounts"), phrase, false, time.Now())
	check(t, err)
	return home{filepath.Join(dir, "store"), key, ring}
}

// node is everything of a node that following needs, over real parts.
type node struct {
	t testing.TB
	home
	sources bool
	whole   []content.AccountID // mirrored from the start

	Host     *p2p.Host
	Store    *store.Store
	Replica  *replica.Replica
	Announce *announce.Announcer
	Sync     *syncing.Syncer
	Exchange *exchange.Exchange
	Book     *discover.Book
	Dialer   *discover.Dialer
	Keeper   *follow.Keeper
	Events   event.Bus
	Branches *branch.Shelf
	hosted   *replica.Hosted
	witness  witness
	pages    atomic.Int64 // how often pages were said to have come
	index    *index.Index // of what is held, if indexed says so
	indexed  bool
	heard    chan time.Time // when steps of followed accounts were published, while somebody receives
	forgot   atomic.Int64   // how often an account was dropped
	closing  sync.Once
}

func newNode(t testing.TB) *node { return start(t, &node{home: newHome(t)}) }

// idle is how long an exchange waits for a peer that sends nothing.
const idle = 2 * time.Second

func start(t testing.TB, n *node) *node {
	t.Helper()
	n.t, n.heard = t, make(chan time.Time)
	n.open()
	t.Cleanup(n.close)
	return n
}

// again starts the node anew, after it was closed.
func (n *node) again() *node {
	n.t.Helper()
	n.close()
	return start(n.t, &node{home: n.home, sources: n.sources, whole: n.whole})
}

func (n *node) open() {
	t := n.t
	t.Helper()
	var err error
	n.Store, err = store.Open(t.Context(), n.dir, store.Options{Reserve: 1 << 20})
	check(t, err)
	n.Replica = replica.New(n.Store, time.Now,
		func(ctx context.Context, u replica.Update) error { return n.Keeper.Watch(ctx, u) },
		n.enter, n.tellPeers)
	if n.indexed {
		n.index, err = index.Open(t.Context(), n.Store.Index(), n.Store.State().Bucket("index/"), n.Store, []content.AccountID{n.id()})
		check(t, err)
	}
	n.hosted, err = n.Replica.Host(t.Context(), n.ring)
	if _, moved := n.Replica.Retired(n.id()); !moved {
		check(t, err)
	}
	n.Branches, err = branch.Open(t.Context(), n.Store, n.Replica)
	check(t, err)
	n.Host, err = p2p.New(t.Context(), p2p.Config{Key: n.key, Listen: p2p.ListenOn(netip.MustParseAddrPort("127.0.0.1:0"))})
	check(t, err)
	n.Announce, err = announce.New(n.Host.Libp2p(), announce.Config{Verify: repo.VerifyHead, Judge: judge{n}})
	check(t, err)
	n.Sync, err = syncing.New(n.Host.Libp2p(), syncing.Config{Source: archive{n}, Verify: repo.VerifyHead, FilesOf: follow.Shown, Witness: &n.witness})
	check(t, err)
	n.Exchange, err = exchange.New(n.Host.Libp2p(), exchange.Config{Published: n.Store.Published(), Idle: idle})
	check(t, err)
	n.Book, err = discover.OpenBook(t.Context(), &shelf{})
	check(t, err)
	n.Dialer, err = discover.NewDialer(n.Host, n.Book, discover.Pace{}, nil)
	check(t, err)
	n.Keeper = follow.New(follow.Parts{
		Replica: n.Replica, Store: n.Store, Host: n.Host, Announce: n.Announce, Sync: n.Sync, Exchange: n.Exchange,
		Book: n.Book, Dialer: n.Dialer, Branches: n.Branches, Events: &n.Events, Log: slog.New(slog.DiscardHandler), Sources: n.sources,
		Pages:  n.fillPages,
		Forget: func(context.Context, content.AccountID) error { n.forgot.Add(1); return nil },
	})
	for _, id := range n.whole {
		check(t, n.Keeper.Mirror(t.Context(), id, 1<<30))
	}
	n.witness.keeper.Store(n.Keeper)
	check(t, n.Host.Listen())
	check(t, n.Keeper.Start(t.Context()))
}

func (n *node) close() {
	n.closing.Do(func() {
		for _, c := range []interface{ Close() error }{
			n.Keeper, n.Dialer, n.Exchange, n.Sync, n.Announce, n.Host, n.Replica, n.Store,
		} {
			if err := c.Close(); err != nil {
				n.t.Error(err)
			}
		}
	})
}

// tellPeers is what a node does with its own posts.
func (n *node) tellPeers(ctx context.Context, u replica.Update) error {
	if u.Account != n.id() {
		select {
		case n.heard <- time.Now():
		default:
		}
		return nil
	}
	return n.Announce.Publish(ctx, u.Head, u.Blocks)
}

// enter is what a node does with what it holds.
func (n *node) enter(ctx context.Context, u replica.Update) error {
	if n.index == nil {
		return nil
	}
	return n.index.Apply(ctx, u.Account, u.Prev.Version(), u.Head.Version(), u.Records)
}

func (n *node) fillPages(ctx context.Context, id content.AccountID, by ...content.Path) error {
	n.pages.Add(1)
	if n.index == nil {
		return nil
	}
	return n.index.FillPages(ctx, id, by...)
}

type judge struct{ *node }

func (j judge) Judge(h content.Head) announce.Verdict { return j.Keeper.Judge(h) }

type witness struct{ keeper atomic.Pointer[follow.Keeper] }

func (w *witness) Contradicted(id content.AccountID) bool {
	k := w.keeper.Load()
	return k != nil && k.Contradicted(id)
}

func (w *witness) Evidence(ctx context.Context, id content.AccountID) (syncing.Evidence, error) {
	return w.keeper.Load().Evidence(ctx, id)
}

// archive answers peers that compare heads.
type archive struct{ *node }

func (a archive) Head(ctx context.Context, id content.AccountID) (content.Head, error) {
	return a.Replica.Head(ctx, id)
}

func (a archive) Commit(ctx context.Context, _ content.AccountID, c cid.Cid) (content.Block, error) {
	b, err := a.Store.Published().Get(ctx, c)
	if err != nil {
		return content.Block{}, content.E("archive.Commit", content.NotFound, err)
	}
	return content.Block{CID: c, Data: b.RawData()}, nil
}

func (a archive) Block(ctx context.Context, c cid.Cid, b []byte) ([]byte, error) {
	return a.Store.AppendPublished(ctx, c, b)
}

// shelf keeps a book in memory.
type shelf struct{}

func (*shelf) Load(context.Context, func(discover.Entry) error) error { return nil }
func (*shelf) Save(context.Context, []discover.Entry) error           { return nil }

func (n *node) id() content.AccountID { return n.ring.ID() }

func (n *node) info() peer.AddrInfo {
	return peer.AddrInfo{ID: n.Host.ID(), Addrs: n.Host.Libp2p().Addrs()}
}

// connect connects two nodes and waits until each knows that the other compares
// heads.
func connect(t testing.TB, a, b *node) {
	t.Helper()
	knows := func(a, b *node) bool {
		p, ok := a.Host.Peer(b.Host.ID())
		return ok && slices.Contains(p.Protocols, syncing.Protocol)
	}
	check(t, a.Host.Connect(t.Context(), b.info()))
	eventually(t, "two nodes to meet", func() bool { return knows(a, b) && knows(b, a) })
}

func (n *node) apply(ops ...repo.Op) {
	n.t.Helper()
	if _, err := n.hosted.Apply(n.t.Context(), ops); err != nil {
		n.t.Fatal(err)
	}
}

func (n *node) follow(who *node) {
	n.t.Helper()
	b, err := record.Encode(&record.Follow{Subject: who.id(), Created: record.TimeOf(time.Now())})
	check(n.t, err)
	n.apply(repo.Put(followPath(who), b, repo.Anything()))
}

func (n *node) unfollow(who *node) {
	n.t.Helper()
	n.apply(repo.Delete(followPath(who), repo.Present()))
}

func followPath(who *node) content.Path {
	return content.NewPath(content.CollectionFollow, record.FollowKey(who.id()))
}

// clock makes the keys of posts.
var clock = content.NewTIDClock()

// post is a post that a test made.
type post struct {
	path  content.Path
	cid   cid.Cid
	files []content.Block
}

// write makes a post with a photo of two renditions, and stores the files.
func (n *node) write(text string) (post, repo.Op) {
	n.t.Helper()
	return n.writeWide(text, 320, 640)
}

func (n *node) writeWide(text string, widths ...int) (post, repo.Op) {
	n.t.Helper()
	p := post{path: content.NewPath(content.CollectionPost, clock.Next(time.Now(), 0).String())}
	photo := record.Photo{Width: 640, Height: 480}
	for _, width := range widths {
		f := content.NewBlock(content.Raw, append([]byte(fmt.Sprint(text, p.path, width)), bytes.Repeat([]byte{'x'}, 200)...))
		p.files = append(p.files, f)
		photo.Renditions = append(photo.Renditions, record.File{
			CID: dagcbor.Link{Cid: f.CID}, Size: int64(len(f.Data)), Type: record.JPEG, Width: width, Height: width,
		})
	}
	check(n.t, n.Store.Put(n.t.Context(), p.files...))
	return p, n.put(&p, &record.Post{Caption: text, Photos: []record.Photo{photo}, Created: record.TimeOf(time.Now())})
}

func (n *node) put(p *post, r record.Record) repo.Op {
	n.t.Helper()
	b, err := record.Encode(r)
	check(n.t, err)
	p.cid = b.CID
	return repo.Put(p.path, b, repo.Anything())
}

func (n *node) post(text string) post {
	n.t.Helper()
	p, op := n.write(text)
	n.apply(op)
	return p
}

// sees reports whether a record of somebody is here.
func (n *node) sees(who *node, p post) bool {
	view, err := n.Replica.View(context.Background(), who.id())
	if err != nil {
		return false
	}
	b, err := view.Get(context.Background(), p.path)
	return err == nil && b.CID.Equals(p.cid)
}

// shows reports whether a post is here with all its files, for others too.
func (n *node) shows(who *node, p post) bool {
	if !n.sees(who, p) {
		return false
	}
	for _, f := range p.files {
		b, err := n.Store.Published().Get(context.Background(), f.CID)
		if err != nil || !bytes.Equal(b.RawData(), f.Data) {
			return false
		}
	}
	return true
}

func (n *node) phase(who *node) follow.Phase {
	s, _ := n.Keeper.State(who.id())
	return s.Phase
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

func (n *node) waitFor(who *node, ps ...post) {
	n.t.Helper()
	for _, p := range ps {
		eventually(n.t, "a post with its photos", func() bool { return n.shows(who, p) })
	}
}

func (n *node) waitPhase(who *node, p follow.Phase) follow.State {
	n.t.Helper()
	eventually(n.t, "the phase "+string(p), func() bool { return n.phase(who) == p })
	s, _ := n.Keeper.State(who.id())
	return s
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (n *node) delete(paths ...content.Path) {
	n.t.Helper()
	for _, p := range paths {
		n.apply(repo.Delete(p, repo.Present()))
	}
}

// posts makes many posts in one commit.
func (n *node) posts(count int) []post {
	n.t.Helper()
	list, ops := make([]post, count), make([]repo.Op, count)
	for i := range list {
		list[i], ops[i] = n.writeWide(fmt.Sprint("post ", i), 320)
	}
	n.apply(ops...)
	return list
}

package follow_test

import (
	"context"
	"crypto/rand"
	"net/netip"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/follow"
	"rossgram.app/p2p"
	"rossgram.app/p2p/exchange"
	syncing "rossgram.app/p2p/sync"
)

// peerOf is a peer that offers one head, and has the blocks it is told to have.
type peerOf struct {
	*p2p.Host
	head   content.Head
	blocks map[cid.Cid]content.Block
}

// offering starts a peer that serves a head with these blocks and no others.
func offering(t testing.TB, head content.Head, blocks ...content.Block) *peerOf {
	t.Helper()
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	check(t, err)
	h, err := p2p.New(t.Context(), p2p.Config{Key: key, Listen: p2p.ListenOn(netip.MustParseAddrPort("127.0.0.1:0"))})
	check(t, err)
	t.Cleanup(func() { h.Close() })
	p := &peerOf{h, head, make(map[cid.Cid]content.Block)}
	st, err := store.Open(t.Context(), t.TempDir(), store.Options{Reserve: 1 << 20})
	check(t, err)
	t.Cleanup(func() { st.Close() })
	for _, b := range blocks {
		p.blocks[b.CID] = b
	}
	check(t, st.Put(t.Context(), blocks...))
	x, err := exchange.New(h.Libp2p(), exchange.Config{Published: st.Blockstore()})
	check(t, err)
	t.Cleanup(func() { x.Close() })
	s, err := syncing.New(h.Libp2p(), syncing.Config{Source: p, Verify: repo.VerifyHead})
	check(t, err)
	t.Cleanup(func() { s.Close() })
	check(t, h.Listen())
	return p
}

func (p *peerOf) Head(_ context.Context, id content.AccountID) (content.Head, error) {
	if id != p.head.Account() {
		return content.Head{}, content.Errorf("peerOf.Head", content.NotFound, "not held")
	}
	return p.head, nil
}

func (p *peerOf) Commit(_ context.Context, _ content.AccountID, c cid.Cid) (content.Block, error) {
	b, ok := p.blocks[c]
	if !ok {
		return content.Block{}, content.Errorf("peerOf.Commit", content.NotFound, "not held")
	}
	return b, nil
}

func (p *peerOf) Block(_ context.Context, c cid.Cid, b []byte) ([]byte, error) {
	block, ok := p.blocks[c]
	if !ok {
		return nil, content.Errorf("peerOf.Block", content.NotFound, "not held")
	}
	return append(b, block.Data...), nil
}

func (n *node) meet(p *peerOf) {
	n.t.Helper()
	check(n.t, n.Host.Connect(n.t.Context(), peer.AddrInfo{ID: p.ID(), Addrs: p.Libp2p().Addrs()}))
}

// sign makes a head of an author that its node knows nothing of.
func (n *node) sign(prev *dagcbor.Link, root cid.Cid) content.Head {
	n.t.Helper()
	cert := n.ring.Certificate()
	h, err := repo.Sign(content.Commit{
		Version: content.CommitVersion, Account: n.id(), Epoch: cert.Epoch,
		Rev: clock.Next(time.Now(), 0), Prev: prev, Data: dagcbor.Link{Cid: root},
	}, cert, n.ring.Writer())
	check(n.t, err)
	return h
}

func (n *node) head() content.Head { return n.hosted.Head() }

// commitOf returns the block of a head's commit.
func commitOf(t testing.TB, h content.Head) content.Block {
	t.Helper()
	b, err := repo.CommitBlock(h.Commit)
	check(t, err)
	return b
}

// failure waits until the reader says what is wrong with an account.
func (n *node) failure(who *node) follow.State {
	n.t.Helper()
	var s follow.State
	eventually(n.t, "an error", func() bool {
		s, _ = n.Keeper.State(who.id())
		return s.Error != "" && s.Holders > 0
	})
	return s
}

// TestPeerThatWithholdsBlocks: the account stays where it is, and is current as
// soon as somebody else gives what one peer keeps back.
func TestPeerThatWithholdsBlocks(t *testing.T) {
	t.Parallel()
	author, reader, first := pair(t)
	reader.close()
	second := author.post("kept back")
	reader = reader.again()
	reader.meet(offering(t, author.head()))
	reader.failure(author)
	if reader.sees(author, second) || !reader.sees(author, first) {
		t.Error("the reader has moved")
	}
	connect(t, reader, author)
	reader.waitFor(author, first, second)
	if s := reader.waitPhase(author, follow.Current); s.Error != "" {
		t.Errorf("%+v", s)
	}
}

// TestHeadThatLeadsNowhere: a head whose history nobody can show is not taken,
// and does not keep back what follows honestly.
func TestHeadThatLeadsNowhere(t *testing.T) {
	t.Parallel()
	author, reader, first := pair(t)
	unknown := content.Sum(content.DagCBOR, []byte("a commit that never was"))
	evil := author.sign(dagcbor.LinkTo(unknown), author.head().Commit.Data.Cid)
	reader.meet(offering(t, evil))
	reader.failure(author)
	if !reader.sees(author, first) || reader.holds(author).Version() == evil.Version() {
		t.Error("the reader took it")
	}
	reader.waitFor(author, author.post("and life goes on"))
}

func TestTreeThatIsNoTree(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]any{
		"junk":                     map[string]any{"n": 1},
		"a path that can't be one": tree("not a path"),
		"a photo for a record":     tree("app.rossgram.post/3kaaaaaaaaaaa"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			author, reader := newNode(t), newNode(t)
			b, err := dagcbor.Marshal(data)
			check(t, err)
			root := content.NewBlock(content.DagCBOR, b)
			head := author.sign(nil, root.CID)
			reader.follow(author)
			reader.meet(offering(t, head, root, commitOf(t, head), content.NewBlock(content.Raw, []byte("photo"))))
			reader.failure(author)
			if _, err := reader.Replica.Head(t.Context(), author.id()); content.KindOf(err) != content.NotFound {
				t.Errorf("the head was taken: %v", err)
			}
		})
	}
}

// tree is a node with one entry, which is no record.
func tree(key string) any {
	value := content.Sum(content.Raw, []byte("photo"))
	return map[string]any{"l": nil, "e": []any{map[string]any{
		"p": 0, "k": []byte(key), "v": dagcbor.Link{Cid: value}, "t": nil,
	}}}
}

// TestHistoryIsAskedOfOthers: a peer that does not give the commits between two
// heads does not end the search.
func TestHistoryIsAskedOfOthers(t *testing.T) {
	t.Parallel()
	author, reader, _ := pair(t)
	mirror := newNode(t)
	mirror.follow(author)
	connect(t, mirror, author)
	mirror.waitPhase(author, follow.Current)
	reader.close()
	for range 3 {
		mirror.waitFor(author, author.post("while the reader was away"))
	}
	reader = reader.again()
	reader.meet(offering(t, author.head()))
	reader.failure(author)
	connect(t, reader, mirror)
	reader.waitPhase(author, follow.Current)
	if reader.holds(author).Version() != author.head().Version() {
		t.Error("the reader is behind")
	}
}

func (n *node) holds(who *node) content.Head {
	n.t.Helper()
	h, err := n.Replica.Head(n.t.Context(), who.id())
	check(n.t, err)
	return h
}

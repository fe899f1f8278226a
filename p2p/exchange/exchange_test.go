package exchange_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/store"
	"rossgram.app/p2p"
	"rossgram.app/p2p/exchange"
	"rossgram.app/p2p/internal/p2ptest"
)

// node has a store and gives out what is published in it.
type node struct {
	*p2p.Host
	store    *store.Store
	exchange *exchange.Exchange
	account  p2ptest.Account
	revision int
}

func newNode(t *testing.T, idle time.Duration) *node {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	check(t, err)
	t.Cleanup(func() { check(t, s.Close()) })
	n := &node{Host: p2ptest.Host(t), store: s, account: p2ptest.NewAccount(t)}
	n.exchange, err = exchange.New(n.Libp2p(), exchange.Config{Published: s.Published(), Idle: idle})
	check(t, err)
	t.Cleanup(func() { check(t, n.exchange.Close()) })
	return n
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// publish makes blocks part of what the node's account shows.
func (n *node) publish(t *testing.T, blocks ...content.Block) {
	t.Helper()
	n.revision++
	head := n.account.Head(t, p2ptest.Noon.Add(time.Duration(n.revision)*time.Second), nil, p2ptest.Tree(t, n.revision))
	raw, err := dagcbor.Marshal(head)
	check(t, err)
	pins := make([]store.Pin, len(blocks))
	for i, b := range blocks {
		pins[i].CID = b.CID
	}
	check(t, n.store.Publish(t.Context(), store.Publication{
		Account: head.Account(), Version: head.Version(), Head: raw, Blocks: blocks, Pin: pins,
	}))
}

// fetch gets blocks from holders into the node's store.
func (n *node) fetch(ctx context.Context, want []content.Block, holders ...*node) error {
	infos := make([]peer.AddrInfo, len(holders))
	for i, h := range holders {
		infos[i] = p2ptest.Info(h.Host)
	}
	return n.exchange.Fetch(ctx, infos, cids(want), n.store)
}

// has reports how many of the blocks the node's store has, whole.
func (n *node) has(t *testing.T, blocks ...content.Block) (count int) {
	t.Helper()
	for _, b := range blocks {
		data, err := n.store.Get(t.Context(), b.CID)
		switch {
		case err == nil && string(data) == string(b.Data):
			count++
		case content.KindOf(err) != content.NotFound:
			t.Fatal(err)
		}
	}
	return count
}

func (n *node) sent(t *testing.T) uint64 {
	s, err := n.exchange.Stat()
	check(t, err)
	return s.BlocksSent
}

func cids(blocks []content.Block) []cid.Cid {
	cs := make([]cid.Cid, len(blocks))
	for i, b := range blocks {
		cs[i] = b.CID
	}
	return cs
}

// files returns n different blocks of so many bytes.
func files(n, size int) []content.Block {
	blocks := make([]content.Block, n)
	for i := range blocks {
		data := make([]byte, size)
		binary.BigEndian.PutUint64(data, uint64(i))
		blocks[i] = content.NewBlock(content.Raw, data)
	}
	return blocks
}

// TestFetchFromTwoHolders: records and files of which each holder has a part, and
// a third node that has nothing, are all fetched in one go.
func TestFetchFromTwoHolders(t *testing.T) {
	want := files(200, 10_000)
	for i := range 200 {
		want = append(want, p2ptest.Tree(t, i))
	}
	first, second, empty := newNode(t, 0), newNode(t, 0), newNode(t, 0)
	first.publish(t, want[:300]...)
	second.publish(t, want[100:]...)
	n := newNode(t, 0)
	check(t, n.fetch(p2ptest.Context(t), append(want, want[7]), first, second, empty))
	if got := n.has(t, want...); got != len(want) {
		t.Errorf("%d of %d blocks", got, len(want))
	}
	if a, b := first.sent(t), second.sent(t); a < 100 || b < 100 {
		t.Errorf("%d and %d blocks sent, want 100 at least of each", a, b)
	}
	for _, h := range []*node{first, second, empty} {
		if n.Libp2p().ConnManager().IsProtected(h.ID(), "") {
			t.Error("a holder is protected after the fetch")
		}
	}
}

func TestFetchOfNothing(t *testing.T) { check(t, newNode(t, 0).fetch(p2ptest.Context(t), nil)) }

// TestOnlyWhatIsPublishedIsGivenOut: a block that is held, as a draft is, is
// refused to one who knows its CID, until it is published.
func TestOnlyWhatIsPublishedIsGivenOut(t *testing.T) {
	holder, n := newNode(t, 0), newNode(t, time.Second)
	blocks := files(2, 1000)
	public, draft := blocks[0], blocks[1]
	holder.publish(t, public)
	check(t, holder.store.Put(t.Context(), draft))
	check(t, holder.store.Hold(t.Context(), "upload", []cid.Cid{draft.CID}, time.Now().Add(time.Hour)))
	err := n.fetch(p2ptest.Context(t), blocks, holder)
	if content.KindOf(err) != content.Unavailable {
		t.Errorf("got %v", err)
	}
	if n.has(t, draft) != 0 || holder.sent(t) != 1 {
		t.Errorf("a draft went out, or not even the published block: %d were sent", holder.sent(t))
	}
	if n.has(t, public) != 1 {
		t.Error("what arrived before the end was not kept")
	}
	holder.publish(t, draft)
	check(t, n.fetch(p2ptest.Context(t), blocks, holder))
	if n.has(t, draft) != 1 {
		t.Error("the draft was published and is not there")
	}
}

// TestWhatIsPublishedLaterArrives: who waits for a block gets it once there is one.
func TestWhatIsPublishedLaterArrives(t *testing.T) {
	holder, n := newNode(t, 0), newNode(t, 0)
	p2ptest.Connect(t, n.Host, holder.Host)
	blocks := files(2, 1000)
	holder.publish(t, blocks[0])
	done := make(chan error)
	go func() { done <- n.fetch(p2ptest.Context(t), blocks, holder) }()
	p2ptest.Eventually(t, "the first block", func() bool { return holder.sent(t) == 1 })
	holder.publish(t, blocks[1])
	check(t, holder.exchange.Published(t.Context(), blocks[1]))
	check(t, <-done)
	if n.has(t, blocks...) != 2 {
		t.Error("a block is missing")
	}
}

func TestUnreachableHolders(t *testing.T) {
	blocks := files(20, 1000)
	holder, n := newNode(t, 0), newNode(t, time.Second)
	holder.publish(t, blocks...)
	infos := make([]peer.AddrInfo, 5)
	for i := range infos {
		id, err := peer.IDFromPrivateKey(p2ptest.Key(t))
		check(t, err)
		infos[i] = peer.AddrInfo{ID: id, Addrs: []ma.Multiaddr{ma.StringCast(fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", i+1))}}
	}
	err := n.exchange.Fetch(p2ptest.Context(t), infos, cids(blocks), n.store)
	if content.KindOf(err) != content.Unavailable {
		t.Errorf("got %v", err)
	}
	check(t, n.exchange.Fetch(p2ptest.Context(t), append(infos, p2ptest.Info(holder.Host)), cids(blocks), n.store))
	if got := n.has(t, blocks...); got != len(blocks) {
		t.Errorf("%d blocks", got)
	}
}

func TestCloseEndsFetches(t *testing.T) {
	n, other := newNode(t, 0), newNode(t, 0)
	p2ptest.Connect(t, n.Host, other.Host)
	done := make(chan error)
	for i := range 3 {
		go func() { done <- n.fetch(t.Context(), files(i+1, 100), other) }()
	}
	p2ptest.Eventually(t, "wants", func() bool {
		return n.Libp2p().ConnManager().IsProtected(other.ID(), "")
	})
	check(t, n.exchange.Close())
	for range 3 {
		if err := <-done; content.KindOf(err) != content.Unavailable {
			t.Errorf("got %v", err)
		}
	}
	if err := n.fetch(t.Context(), files(1, 100), other); content.KindOf(err) != content.Unavailable {
		t.Errorf("after Close: %v", err)
	}
}

func TestCallerCanStopWaiting(t *testing.T) {
	n := newNode(t, 0)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- n.fetch(ctx, files(1, 100)) }()
	cancel()
	if err := <-done; content.KindOf(err) != content.Unavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestForeignCIDsAreRefused(t *testing.T) {
	n := newNode(t, 0)
	foreign := cid.NewCidV0(content.NewBlock(content.DagPB, nil).CID.Hash())
	err := n.exchange.Fetch(t.Context(), nil, []cid.Cid{foreign}, n.store)
	if content.KindOf(err) != content.Invalid {
		t.Errorf("got %v", err)
	}
}

// full is a sink with no room.
type full struct{}

var errFull = content.Errorf("test.Put", content.Quota, "no room")

func (full) Put(context.Context, ...content.Block) error { return errFull }

func TestFullStoreEndsTheFetch(t *testing.T) {
	holder, n := newNode(t, 0), newNode(t, 0)
	blocks := files(100, 1000)
	holder.publish(t, blocks...)
	err := n.exchange.Fetch(p2ptest.Context(t), []peer.AddrInfo{p2ptest.Info(holder.Host)}, cids(blocks), full{})
	if !errors.Is(err, errFull) || content.KindOf(err) != content.Quota {
		t.Errorf("got %v", err)
	}
}

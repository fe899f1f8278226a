package exchange_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ipfs/boxo/bitswap/message"
	"github.com/ipfs/boxo/bitswap/message/pb"
	bsnet "github.com/ipfs/boxo/bitswap/network"
	libp2pnet "github.com/ipfs/boxo/bitswap/network/bsnet"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/p2ptest"
)

// liar is a peer that answers each want as its reply says.
type liar struct {
	*p2p.Host
	net   bsnet.BitSwapNetwork
	reply func(message.BitSwapMessage, cid.Cid)
}

func newLiar(t *testing.T, reply func(message.BitSwapMessage, cid.Cid)) *liar {
	l := &liar{Host: p2ptest.Host(t), reply: reply}
	l.net = libp2pnet.NewFromIpfsHost(l.Libp2p())
	l.net.Start(l)
	t.Cleanup(l.net.Stop)
	return l
}

func (l *liar) ReceiveMessage(ctx context.Context, from peer.ID, m message.BitSwapMessage) {
	answer := message.New(false)
	for _, e := range m.Wantlist() {
		if !e.Cancel {
			l.reply(answer, e.Cid)
		}
	}
	if !answer.Empty() {
		l.net.SendMessage(ctx, from, answer)
	}
}

func (l *liar) ReceiveError(error)       {}
func (l *liar) PeerConnected(peer.ID)    {}
func (l *liar) PeerDisconnected(peer.ID) {}

// TestLyingHolders fetches from a peer that lies and an honest one. Whatever the
// liar does, what arrives is what was asked for.
func TestLyingHolders(t *testing.T) {
	wrong := files(100, 5000)
	for name, reply := range map[string]func(message.BitSwapMessage, cid.Cid){
		"says nothing": func(message.BitSwapMessage, cid.Cid) {},
		"has all and sends none": func(m message.BitSwapMessage, c cid.Cid) {
			m.AddHave(c)
		},
		"has none and sends others": func(m message.BitSwapMessage, c cid.Cid) {
			m.AddDontHave(c)
			for _, b := range wrong {
				m.AddBlock(basic(b))
			}
		},
		"sends other bytes for it": func(m message.BitSwapMessage, c cid.Cid) {
			b, err := blocks.NewBlockWithCid([]byte("other bytes"), c)
			if err != nil {
				panic(err)
			}
			m.AddHave(c)
			m.AddBlock(b)
		},
		"wants everything": func(m message.BitSwapMessage, c cid.Cid) {
			for _, b := range wrong {
				m.AddEntry(b.CID, 1, pb.Message_Wantlist_Block, true)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			honest, n, l := newNode(t, 0), newNode(t, 0), newLiar(t, reply)
			want := files(20, 1000)
			honest.publish(t, want...)
			holders := []peer.AddrInfo{p2ptest.Info(l.Host), p2ptest.Info(honest.Host)}
			check(t, n.exchange.Fetch(p2ptest.Context(t), holders, cids(want), n.store))
			if got := n.has(t, want...); got != len(want) {
				t.Errorf("%d of %d blocks", got, len(want))
			}
			if n.has(t, wrong...) != 0 {
				t.Error("blocks nobody asked for were kept")
			}
		})
	}
}

func basic(b content.Block) blocks.Block {
	block, err := blocks.NewBlockWithCid(b.Data, b.CID)
	if err != nil {
		panic(err)
	}
	return block
}

// TestBlockOverTheLimit: bytes that are what their CID says, but more than such
// a block may have.
func TestBlockOverTheLimit(t *testing.T) {
	for name, b := range map[string]content.Block{
		"record": content.NewBlock(content.DagCBOR, make([]byte, content.MaxNodeSize+1)),
		"file":   content.NewBlock(content.Raw, make([]byte, content.MaxBlockSize+1)),
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t, 0)
			l := newLiar(t, func(m message.BitSwapMessage, _ cid.Cid) { m.AddBlock(basic(b)) })
			err := n.exchange.Fetch(p2ptest.Context(t), []peer.AddrInfo{p2ptest.Info(l.Host)}, []cid.Cid{b.CID}, n.store)
			if content.KindOf(err) != content.TooLarge {
				t.Errorf("got %v", err)
			}
			if ok, err := n.store.Has(t.Context(), b.CID); ok || err != nil {
				t.Errorf("stored: %v %v", ok, err)
			}
		})
	}
}

// TestGarbageOnTheStream: bytes that are no messages, or one that claims to be
// huge, end the stream; the node serves others.
func TestGarbageOnTheStream(t *testing.T) {
	holder, n, bad := newNode(t, 0), newNode(t, 0), p2ptest.Host(t)
	want := files(5, 1000)
	holder.publish(t, want...)
	p2ptest.Connect(t, bad, holder.Host)
	for name, garbage := range map[string][]byte{
		"junk": {7, 1, 2, 3, 4, 5, 6, 7},
		"huge": {0xff, 0xff, 0xff, 0xff, 0x7f},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := bad.Libp2p().NewStream(p2ptest.Context(t), holder.ID(), libp2pnet.ProtocolBitswap)
			check(t, err)
			check(t, s.SetDeadline(time.Now().Add(30*time.Second)))
			s.Write(garbage)
			if _, err := s.Read(make([]byte, 1)); !isReset(err) {
				t.Errorf("the stream goes on: %v", err)
			}
		})
	}
	check(t, n.fetch(p2ptest.Context(t), want, holder))
}

func isReset(err error) bool {
	_, ok := errors.AsType[*network.StreamError](err)
	return ok
}

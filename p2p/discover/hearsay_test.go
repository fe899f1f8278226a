package discover_test

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/internal/p2ptest"
	psync "rossgram.app/p2p/sync"
)

func rumour(t testing.TB, n int, at ...string) peer.AddrInfo {
	return peer.AddrInfo{ID: peerNumber(t, n), Addrs: addrs(at...)}
}

// TestHearsayDisplacesNothing: whatever is said, what peers said themselves and
// where they were seen stays, in memory and in the store.
func TestHearsayDisplacesNothing(t *testing.T) {
	s := shelf{}
	b := openBook(t, s)
	account := accountNumber(1)
	check(t, b.Saw(t.Context(), peerNumber(t, 1), addrs("/ip4/192.0.2.1/tcp/1")...))
	for n := range discover.MaxPeersPerAccount {
		check(t, b.Holds(t.Context(), peerNumber(t, n+1), []content.AccountID{account}, nil))
	}
	before, stored := b.Holders(account), len(s)
	for n := range 3 * discover.MaxRumours {
		b.Heard(accountNumber(n/5), []peer.AddrInfo{rumour(t, n, "/ip4/203.0.113.1/tcp/1"), rumour(t, 1, fmt.Sprintf("/ip4/203.0.113.1/tcp/%d", n+2))})
	}
	if got := b.Holders(account); !reflect.DeepEqual(got, before) || len(s) != stored {
		t.Errorf("%v, want %v; %d entries in the store, want %d", got, before, len(s), stored)
	}
	got := b.Candidates(account)
	if len(got) > discover.MaxPeersPerAccount+discover.MaxRumoursPerAccount || len(got) < discover.MaxPeersPerAccount {
		t.Errorf("%d candidates", len(got))
	}
	if a := got[0].Addrs; got[0].ID != peerNumber(t, 1) || a[0].String() != "/ip4/192.0.2.1/tcp/1" || len(a) != 1+discover.MaxAddrsPerPeer {
		t.Errorf("the peer that was seen: %v, want its own address first and few others", got[0])
	}
}

func TestHearsayIsNewsOnce(t *testing.T) {
	b := openBook(t, shelf{})
	account, said := accountNumber(1), []peer.AddrInfo{rumour(t, 1, "/ip4/192.0.2.1/tcp/1"), rumour(t, 2)}
	for round, want := range []int{1, 0} { // who has no address can't be found
		if news := b.Heard(account, said); len(news) != want {
			t.Errorf("round %d: %v", round, news)
		}
	}
	b.Refute(peerNumber(t, 1))
	if got := b.Candidates(account); len(got) != 0 {
		t.Errorf("refuted and still there: %v", got)
	}
	check(t, b.Saw(t.Context(), peerNumber(t, 3), addrs("/ip4/192.0.2.3/tcp/1")...))
	check(t, b.Holds(t.Context(), peerNumber(t, 3), []content.AccountID{account}, nil))
	if news := b.Heard(account, []peer.AddrInfo{rumour(t, 3, "/ip4/192.0.2.3/tcp/1")}); len(news) != 0 {
		t.Errorf("what was known is news: %v", news)
	}
}

// TestTell: named are those who were met and said that they hold the account, at
// addresses fit for the one who asks.
func TestTell(t *testing.T) {
	const public, private = "/ip4/8.8.8.8/tcp/1", "/ip4/192.168.1.7/tcp/1"
	b := openBook(t, shelf{})
	account := accountNumber(1)
	met, atHome, invited, said, asker := peerNumber(t, 1), peerNumber(t, 2), peerNumber(t, 3), peerNumber(t, 4), peerNumber(t, 5)
	check(t, b.Saw(t.Context(), met, addrs(public, private)...))
	check(t, b.Saw(t.Context(), atHome, addrs(private)...))
	check(t, b.Learn(t.Context(), invited, addrs(public)...))
	check(t, b.Saw(t.Context(), asker, addrs(public)...))
	for _, p := range []peer.ID{met, atHome, invited, asker} {
		check(t, b.Holds(t.Context(), p, []content.AccountID{account}, nil))
	}
	b.Heard(account, []peer.AddrInfo{{ID: said, Addrs: addrs(public)}})
	for via, want := range map[string]string{
		"/ip4/9.9.9.9/tcp/9":               fmt.Sprint([]peer.AddrInfo{{ID: met, Addrs: addrs(public)}}),
		"/ip4/192.168.1.9/udp/1/quic-v1":   fmt.Sprint([]peer.AddrInfo{{ID: atHome, Addrs: addrs(private)}, {ID: met, Addrs: addrs(public, private)}}),
		"/ip4/9.9.9.9/tcp/9/p2p-circuit":   fmt.Sprint([]peer.AddrInfo{{ID: met, Addrs: addrs(public)}}),
		"/dns4/photos.example/tcp/443/wss": fmt.Sprint([]peer.AddrInfo{{ID: met, Addrs: addrs(public)}}),
		"/ip6/2001:db8::1/udp/1/quic-v1":   fmt.Sprint([]peer.AddrInfo{{ID: met, Addrs: addrs(public)}}),
	} {
		if got := fmt.Sprint(b.Tell(account, asker, ma.StringCast(via), 8)); got != want {
			t.Errorf("over %s: %s, want %s", via, got, want)
		}
	}
	if got := b.Tell(account, asker, ma.StringCast("/ip4/192.168.1.9/tcp/1"), 1); len(got) != 1 {
		t.Errorf("%d were told, want no more than asked for", len(got))
	}
}

// directory answers for a book.
type directory struct{ *discover.Book }

func (d directory) Holders(_ context.Context, account content.AccountID, asker peer.ID, via ma.Multiaddr) []peer.AddrInfo {
	return d.Tell(account, asker, via, psync.MaxHolders)
}

// nothing is what a node has that is only asked who holds what.
type nothing struct{}

func (nothing) Head(context.Context, content.AccountID) (content.Head, error) {
	return content.Head{}, content.Errorf("nothing.Head", content.NotFound, "not held")
}

func (nothing) Commit(context.Context, content.AccountID, cid.Cid) (content.Block, error) {
	return content.Block{}, content.Errorf("nothing.Commit", content.NotFound, "not held")
}

func (nothing) Block(context.Context, cid.Cid, []byte) ([]byte, error) {
	return nil, content.Errorf("nothing.Block", content.NotFound, "not held")
}

// teller asks and answers for a book.
func teller(t *testing.T, h *p2p.Host, b *discover.Book) *psync.Syncer {
	s, err := psync.New(h.Libp2p(), psync.Config{Source: nothing{}, Verify: p2ptest.Verify(t), Directory: directory{b}})
	check(t, err)
	t.Cleanup(func() { check(t, s.Close()) })
	return s
}

// TestMovedPeerIsFoundThroughAnother: a holder that is at another address than it
// was is dialled there, once somebody says so.
func TestMovedPeerIsFoundThroughAnother(t *testing.T) {
	book := openBook(t, shelf{})
	b := newHolder(t, book)
	moved := start(t, b.key, addrs("/ip4/127.0.0.1/tcp/0"))
	a, dialer := newDialer(t, book, patient)
	dialer.Want(b.account)
	p2ptest.Eventually(t, "a failure", func() bool { return dialer.Failures(b.info.ID) == 1 })

	friend, known := p2ptest.Host(t), openBook(t, shelf{})
	check(t, known.Saw(t.Context(), b.info.ID, p2ptest.Info(moved).Addrs...))
	check(t, known.Holds(t.Context(), b.info.ID, []content.AccountID{b.account}, nil))
	teller(t, friend, known)
	p2ptest.Connect(t, a, friend)
	check(t, book.Holds(t.Context(), friend.ID(), []content.AccountID{b.account}, nil))
	seeker := discover.NewSeeker(dialer, teller(t, a, book), nil, rapid, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { check(t, seeker.Close()) })
	p2ptest.Eventually(t, "the connection", func() bool { return p2ptest.Connected(a, moved) })
}

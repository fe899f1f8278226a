package discover_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	kaddht "github.com/libp2p/go-libp2p-kad-dht"
	pb "github.com/libp2p/go-libp2p-kad-dht/pb"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/internal/p2ptest"
)

// table is a DHT of n nodes on this machine that are none of ours. heard, if it
// is not nil, is called for each message that one of them gets.
func table(t *testing.T, n int, heard func(pb.Message_MessageType)) []*p2p.Host {
	hosts := make([]*p2p.Host, n)
	tables := make([]*kaddht.IpfsDHT, n)
	for i := range hosts {
		hosts[i] = p2ptest.Host(t)
		kad, err := kaddht.New(hosts[i].Libp2p(), kaddht.Mode(kaddht.ModeServer), kaddht.DisableAutoRefresh(),
			kaddht.OnRequestHook(func(_ context.Context, _ network.Stream, m *pb.Message) {
				if heard != nil {
					heard(m.GetType())
				}
			}))
		check(t, err)
		t.Cleanup(func() { check(t, kad.Close()) })
		tables[i] = kad
		for j := range i {
			check(t, hosts[i].Connect(p2ptest.Context(t), p2ptest.Info(hosts[j])))
		}
	}
	for _, kad := range tables {
		p2ptest.Eventually(t, "the DHT to know itself", func() bool { return kad.RoutingTable().Size() == n-1 })
	}
	return hosts
}

func joinDHT(t *testing.T, h *p2p.Host, through ...*p2p.Host) *discover.DHT {
	var bootstrap []peer.AddrInfo
	for _, b := range through {
		bootstrap = append(bootstrap, p2ptest.Info(b))
	}
	d, err := discover.NewDHT(h, bootstrap)
	check(t, err)
	t.Cleanup(func() { check(t, d.Close()) })
	return d
}

var rapid = discover.SeekPace{
	Every: 10 * time.Millisecond, First: 10 * time.Millisecond,
	Ask:     discover.Pace{First: 20 * time.Millisecond, Longest: 200 * time.Millisecond},
	LookUp:  discover.Pace{First: 20 * time.Millisecond, Longest: 200 * time.Millisecond},
	Lookups: 10 * time.Millisecond,
}

// TestRecordsAreRenewed: a record is published again before it ends, until the
// account is not to be published any more.
func TestRecordsAreRenewed(t *testing.T) {
	var records atomic.Int64
	servers := table(t, 3, func(m pb.Message_MessageType) {
		if m == pb.Message_ADD_PROVIDER {
			records.Add(1)
		}
	})
	var list atomic.Pointer[[]content.AccountID]
	list.Store(&[]content.AccountID{{1}, {2}})
	d := joinDHT(t, p2ptest.Host(t), servers[0])
	p, err := discover.NewPublisher(d, func() []content.AccountID { return *list.Load() }, discover.PublishPace{
		Gap: time.Millisecond, Look: 20 * time.Millisecond, Renew: 100 * time.Millisecond,
	}, slog.New(slog.DiscardHandler))
	check(t, err)
	t.Cleanup(func() { check(t, p.Close()) })
	p2ptest.Eventually(t, "both to be published", func() bool { return d.State().Published == 2 })
	p2ptest.Eventually(t, "them to be published again", func() bool { return records.Load() >= 4*2*int64(len(servers)) })
	list.Store(&[]content.AccountID{{1}})
	p2ptest.Eventually(t, "one to be given up", func() bool { return d.State().Published == 1 })
}

// TestNobodyIsToldOfAnAddressThatReachesNobody: a node without a public address
// publishes nothing in the public DHT, and asks nobody there for it.
func TestNobodyIsToldOfAnAddressThatReachesNobody(t *testing.T) {
	through := peer.AddrInfo{ID: p2ptest.FixedPeer(t, 1), Addrs: addrs("/dns4/dht.invalid/tcp/4001")}
	d, err := discover.NewDHT(p2ptest.Host(t), []peer.AddrInfo{through})
	check(t, err)
	t.Cleanup(func() { check(t, d.Close()) })
	if err := d.Provide(p2ptest.Context(t), content.AccountID{1}); content.KindOf(err) != content.NotFound {
		t.Error(err)
	}
}

func publish(t *testing.T, d *discover.DHT, accounts ...content.AccountID) {
	p, err := discover.NewPublisher(d, func() []content.AccountID { return accounts }, discover.PublishPace{
		Gap: 10 * time.Millisecond, Look: 20 * time.Millisecond,
	}, slog.New(slog.DiscardHandler))
	check(t, err)
	t.Cleanup(func() { check(t, p.Close()) })
}

// nobody is an [discover.Asker] whom no peer tells anything.
type nobody struct{}

func (nobody) Holders(context.Context, peer.ID, []content.AccountID) ([][]peer.AddrInfo, error) {
	return nil, nil
}

// TestStrangersMeetThroughTheDHT: a node that wants an account finds the one that
// holds it by its provider record alone. It then counts as no more than hearsay,
// and neither keeps a connection to the DHT.
func TestStrangersMeetThroughTheDHT(t *testing.T) {
	servers := table(t, 15, nil)
	account := p2ptest.NewAccount(t).ID
	author := p2ptest.Host(t)
	offer := joinDHT(t, author, servers[0], servers[1])
	publish(t, offer, account)

	book := openBook(t, shelf{})
	reader, dialer := newDialer(t, book, hasty)
	dht := joinDHT(t, reader, servers[13], servers[14])
	dialer.Want(account)
	seeker := discover.NewSeeker(dialer, nobody{}, dht, rapid, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { check(t, seeker.Close()) })

	p2ptest.Eventually(t, "the connection", func() bool { return p2ptest.Connected(reader, author) })
	if s := dht.State(); s.Serves || s.Peers == 0 || s.Last.IsZero() {
		t.Errorf("the reader's DHT: %+v", s)
	}
	p2ptest.Eventually(t, "the record to count", func() bool { return offer.State().Published == 1 })
	if len(book.Holders(account)) != 0 {
		t.Error("what the DHT says counts as what the peer said itself")
	}
	check(t, seeker.Close())
	for _, h := range []*p2p.Host{reader, author} {
		p2ptest.Eventually(t, "the connections to the DHT to end", func() bool { return len(h.Peers()) == 1 })
	}
}

// TestUnreachableDHTIsRefusedAtOnce: after a failure nobody waits for it again,
// until the pause is over.
func TestUnreachableDHTIsRefusedAtOnce(t *testing.T) {
	gone := start(t, p2ptest.Key(t), addrs("/ip4/127.0.0.1/tcp/0"))
	dht := joinDHT(t, p2ptest.Host(t), gone)
	check(t, gone.Close())
	for range 1000 { // dials, each of them, would outlast the test
		if _, err := dht.Find(p2ptest.Context(t), content.AccountID{1}); content.KindOf(err) != content.Unavailable {
			t.Fatal(err)
		}
	}
	if err := dht.Provide(p2ptest.Context(t), content.AccountID{1}); content.KindOf(err) != content.Unavailable {
		t.Error(err)
	}
	if s := dht.State(); s.Peers != 0 || !s.Last.IsZero() {
		t.Errorf("%+v", s)
	}
}

func TestDHTClosesInTheMiddle(t *testing.T) {
	silent := p2ptest.Host(t)
	silent.Libp2p().SetStreamHandler("/ipfs/kad/1.0.0", func(network.Stream) { <-t.Context().Done() })
	d, err := discover.NewDHT(p2ptest.Host(t), []peer.AddrInfo{p2ptest.Info(silent)})
	check(t, err)
	failed := make(chan error)
	go func() {
		_, err := d.Find(t.Context(), content.AccountID{1})
		failed <- err
	}()
	p2ptest.Eventually(t, "the question", func() bool { return len(silent.Peers()) == 1 })
	check(t, d.Close())
	if err := <-failed; content.KindOf(err) != content.Unavailable {
		t.Error(err)
	}
}

// TestProviderKey is the test vector of docs/protocol-network.md.
func TestProviderKey(t *testing.T) {
	if got := discover.ProviderKey(p2ptest.FixedAccount(t).ID).String(); got != "bafkreiadiuglsyuc7bbdxnfgauonyst4exo4d3dpyjm742scef3uxgt73q" {
		t.Error(got)
	}
}

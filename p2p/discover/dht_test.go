package discover_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	kaddht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/internal/p2ptest"
)

// table is a DHT of n nodes on this machine that are none of ours.
func table(t *testing.T, n int) []*p2p.Host {
	hosts := make([]*p2p.Host, n)
	tables := make([]*kaddht.IpfsDHT, n)
	for i := range hosts {
		hosts[i] = p2ptest.Host(t)
		kad, err := kaddht.New(hosts[i].Libp2p(), kaddht.Mode(kaddht.ModeServer), kaddht.DisableAutoRefresh())
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
	servers := table(t, 15)
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

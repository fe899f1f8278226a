package discover

import (
	"context"
	"slices"
	"sync"
	"time"

	kaddht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/p2p"
)

// The limits of what a node does in a DHT.
const (
	dhtParallel  = 5                // peers asked at a time
	dhtChecks    = 8                // peers tried at a time before they enter the routing table
	findTimeout  = time.Minute      // for a lookup
	findAtMost   = 20               // providers taken of a lookup
	offerTimeout = 90 * time.Second // for a record
)

// PublicDHT returns the peers through which a node joins the public IPFS DHT.
func PublicDHT() []ma.Multiaddr { return slices.Clone(kaddht.DefaultBootstrapPeers) }

// DHT looks up and publishes provider records of accounts in a Kademlia DHT
// (libp2p specification, "Kademlia DHT"), by default the public one of IPFS. It
// asks and publishes one account at a time, lays no claim to connections, and
// ends those it opened for it. Addresses that reach less far than the peers it
// joins through are neither taken nor published.
//
// It serves others once libp2p finds the node publicly reachable; what it keeps
// for them is bounded. It is safe for concurrent use.
type DHT struct {
	host  *p2p.Host
	kad   *kaddht.IpfsDHT
	reach scope
	entry *entry
	turn  chan struct{} // holds one: whose turn it is

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex
	last  time.Time // when something was last found out or published
	offer int       // accounts with a record that is valid; see Provider
}

// NewDHT makes a node ready to use the DHT of the peers named, of which there
// must be one; it contacts them when there is something to look up or publish.
func NewDHT(h *p2p.Host, bootstrap []peer.AddrInfo) (*DHT, error) {
	const op = "discover.NewDHT"
	if len(bootstrap) == 0 {
		return nil, content.Errorf(op, content.Invalid, "a DHT is joined through at least one peer")
	}
	reach := narrowest(bootstrap)
	kad, err := kaddht.New(unclaimed{h.Libp2p()}, append(reach.options(),
		kaddht.Concurrency(dhtParallel),
		kaddht.LookupCheckConcurrency(dhtChecks),
		kaddht.DisableAutoRefresh(),
		kaddht.Datastore(newRecords()),
	)...)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	d := &DHT{
		host: h, kad: kad, reach: reach, turn: make(chan struct{}, 1),
		entry: &entry{kad: kad, host: h, peers: bootstrap},
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	d.running.Go(d.serve)
	return d, nil
}

// unclaimed is a host whose connections are not tagged or protected by who uses
// it, so that the connection manager takes those of the DHT first.
type unclaimed struct{ host.Host }

// Find looks up the peers that claim to hold an account, with addresses. Errors
// are of kind Unavailable if the DHT can't be reached now.
func (d *DHT) Find(ctx context.Context, account content.AccountID) ([]peer.AddrInfo, error) {
	var found []peer.AddrInfo
	err := d.use(ctx, findTimeout, func(ctx context.Context) error {
		for info := range d.kad.FindProvidersAsync(ctx, ProviderKey(account), findAtMost) {
			if info.ID != d.host.ID() && len(info.Addrs) > 0 {
				found = append(found, info)
			}
		}
		return nil
	})
	if err != nil {
		return nil, content.E("discover.Find", content.Unavailable, err)
	}
	return found, nil
}

// Provide publishes that this node holds an account. The record is forgotten by
// those who keep it after two days. Errors are of kind NotFound if the node has
// no address that could stand in it, and Unavailable if the DHT can't be reached.
func (d *DHT) Provide(ctx context.Context, account content.AccountID) error {
	const op = "discover.Provide"
	if len(d.kad.FilteredAddrs()) == 0 {
		return content.Errorf(op, content.NotFound, "the node has no address at which others could reach it")
	}
	err := d.use(ctx, offerTimeout, func(ctx context.Context) error {
		return d.kad.Provide(ctx, ProviderKey(account), true)
	})
	if err != nil {
		return content.E(op, content.Unavailable, err)
	}
	return nil
}

// use joins the DHT if need be and does something there, then ends the
// connections that were opened for it.
func (d *DHT) use(ctx context.Context, timeout time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer context.AfterFunc(d.ctx, cancel)()
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	before := d.connections()
	defer func() { d.hangUp(func(p peer.ID) bool { return before[p] }) }()
	if err := d.entry.join(ctx); err != nil {
		return err
	}
	if err := do(ctx); err != nil {
		return err
	}
	if d.kad.RoutingTable().Size() == 0 { // whoever does not answer leaves it
		return content.Errorf("discover.use", content.Unavailable, "nobody of the DHT answers any more")
	}
	d.mu.Lock()
	d.last = time.Now()
	d.mu.Unlock()
	return nil
}

// Close leaves the DHT and waits for what is under way.
func (d *DHT) Close() error {
	d.cancel()
	d.running.Wait()
	d.turn <- struct{}{} // what is under way has ended
	if err := d.kad.Close(); err != nil {
		return content.E("discover.Close", content.Other, err)
	}
	return nil
}

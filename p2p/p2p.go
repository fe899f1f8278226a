// Package p2p is a node's place in the network: a libp2p host with a key of its
// own, the limits a home machine needs, and a view of who is connected. The
// packages below it speak the protocols: announce (gossipsub), sync (which heads
// are new), exchange (blocks by CID) and discover (who holds an account).
//
// It guarantees that what strangers can make the node spend is bounded (see
// [Limits]), and that an idle node does next to nothing. It knows accounts only
// as identifiers: what is stored, followed or shown is decided above it, and who
// is a contact too (see [Config]).
//
// A node behind a router asks it to forward the port (UPnP, PCP, NAT-PMP), asks
// peers whether that works (AutoNAT v2), and if not, or as long as it does not
// know, lets contacts relay for it (circuit relay v2): others come in through
// them, and then try to get through directly (hole punching, DCUtR). See
// [Host.Reachability].
package p2p

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	basichost "github.com/libp2p/go-libp2p/p2p/host/basic"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"rossgram.app/content"
)

// The connections a node keeps: above HighWater those that are worth least are
// closed until LowWater is reached, but none that is younger than Grace. Those to
// contacts go last.
const (
	LowWater  = 64
	HighWater = 96
	Grace     = time.Minute
)

const dialTimeout = 15 * time.Second

// Config says how a [Host] is made. Only Key is required.
type Config struct {
	Key    crypto.PrivKey // the node's key, see [LoadOrCreateKey]
	Listen []ma.Multiaddr // where to listen; [DefaultListen] if empty
	// Announce are addresses to tell others besides, such as that of a reverse
	// proxy.
	Announce []ma.Multiaddr
	// Network is the key of a private network. Only TCP and WebSocket work there.
	Network NetworkKey
	// MapPorts has the router forward the port, where it does that and there is
	// something to be reached from beyond this machine.
	MapPorts bool

	// Contact says who is a contact: a peer whose connections are kept, that may
	// relay for us, and for which we relay. It is called often and at any time,
	// also before New returns, so it answers from memory. Nil is nobody.
	Contact func(peer.ID) bool
	Relay   RelayMode   // whether to relay for contacts
	Relays  RelaySource // who else might relay for us; may be nil

	Agent  string       // what peers are told we run, such as "rossgram/0.1"
	Logger *slog.Logger // nil logs nothing
	// Transport replaces the machine's network, for tests: options that come after
	// the host's own, such as those of a simulated network. What Listen names is
	// then not a port of this machine, and nobody is asked to dial it.
	Transport []libp2p.Option
}

// Host is a node's libp2p host. It is safe for concurrent use.
type Host struct {
	host      host.Host
	bytes     *traffic
	log       *slog.Logger
	isContact func(peer.ID) bool
	source    RelaySource
	network   NetworkKey
	nat       basichost.NATManager // nil if ports are not mapped
	seenAt    basichost.ObservedAddrsManager
	lasting   sync.Map      // protocol.ID: those of streams that stay, see [Host.Lasting]
	started   chan struct{} // closed when what stands below is there
	watch     *watch
	reach     *reach
	listen    func() error
}

// New starts a host that does not listen yet, see [Host.Listen]. ctx bounds the
// start only; [Host.Close] ends the host.
func New(ctx context.Context, cfg Config) (*Host, error) {
	const op = "p2p.New"
	if cfg.Key == nil {
		return nil, content.Errorf(op, content.Invalid, "a node needs a key")
	}
	if err := ctx.Err(); err != nil {
		return nil, content.E(op, content.Unavailable, err)
	}
	cfg.setDefaults()
	h := &Host{
		bytes: new(traffic), log: cfg.Logger,
		isContact: cfg.Contact, source: cfg.Relays, network: cfg.Network, started: make(chan struct{}),
	}
	var err error
	if h.host, err = h.newLibp2p(cfg); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if err := h.start(cfg); err != nil {
		return nil, errors.Join(content.E(op, content.Other, err), h.Close())
	}
	return h, nil
}

func (cfg *Config) setDefaults() {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if len(cfg.Listen) == 0 {
		cfg.Listen = DefaultListen()
	}
	if cfg.Network.Private() {
		usable, not := forPrivate(cfg.Listen)
		if len(not) > 0 {
			cfg.Logger.Info("a private network has no QUIC and no WebTransport", "not listened on", not)
		}
		cfg.Listen = usable
	}
	cfg.MapPorts = cfg.MapPorts && slices.ContainsFunc(cfg.Listen, func(a ma.Multiaddr) bool { return !manet.IsIPLoopback(a) })
}

// start begins to watch what happens.
func (h *Host) start(cfg Config) (err error) {
	if h.watch, err = newWatch(h); err != nil {
		return err
	}
	if h.reach, err = newReach(h, cfg.Relay); err != nil {
		return err
	}
	close(h.started)
	h.listen = func() error { return listen(h.host.Network(), cfg) }
	return nil
}

// Listen lets peers in, once. Call it when all protocols answer: a peer is told what
// a node speaks when it connects, and may miss what is added in that moment. A port
// in use is an error of kind Conflict that names it.
func (h *Host) Listen() error {
	if err := h.listen(); err != nil {
		return content.E("p2p.Listen", content.Other, err)
	}
	return nil
}

// newLibp2p returns a host that does not listen yet.
func (h *Host) newLibp2p(cfg Config) (host.Host, error) {
	limits, err := newResourceManager()
	if err != nil {
		return nil, err
	}
	conns, err := connmgr.NewConnManager(LowWater, HighWater, connmgr.WithGracePeriod(Grace))
	if err != nil {
		return nil, err
	}
	opts := append(transports(cfg.Network),
		libp2p.Identity(cfg.Key),
		libp2p.UserAgent(cfg.Agent),
		libp2p.ResourceManager(limits),
		libp2p.ConnectionManager(conns),
		libp2p.BandwidthReporter(h.bytes),
		libp2p.WithDialTimeout(dialTimeout),
		libp2p.SwarmOpts(swarm.WithDialRanker(rank)),
		libp2p.AddrsFactory(announcing(cfg.Announce)),
		libp2p.EnableRelay(),
		libp2p.DisableMetrics(),
		withoutAutoNATv1,
		h.autoRelay(),
		h.observed(),
	)
	if cfg.MapPorts {
		opts = append(opts, libp2p.NATManager(h.mapPorts))
	}
	if len(cfg.Transport) == 0 { // AutoNAT's dialler would use the machine's network
		opts = append(opts, libp2p.EnableAutoNATv2())
	}
	return libp2p.New(append(opts, cfg.Transport...)...)
}

// withoutAutoNATv1 keeps the older protocol's client from asking: [reach] says
// what it would.
func withoutAutoNATv1(cfg *libp2p.Config) error {
	unknown := network.ReachabilityUnknown
	cfg.AutoNATConfig.ForceReachability = &unknown
	return nil
}

// Libp2p returns the host for the packages that speak a protocol over it.
func (h *Host) Libp2p() host.Host { return h.host }

// ID returns the node's peer ID.
func (h *Host) ID() peer.ID { return h.host.ID() }

// Addrs returns the addresses at which this node can be dialled now, each with
// its /p2p/ID, but not those for browsers: they are long, and of the same port as
// QUIC.
func (h *Host) Addrs() []ma.Multiaddr {
	addrs, err := peer.AddrInfoToP2pAddrs(&peer.AddrInfo{ID: h.ID(), Addrs: WithoutBrowsers(h.host.Addrs())})
	if err != nil { // only an ID that is not one can fail
		return nil
	}
	return addrs
}

// Connect dials a peer unless it is connected, now, also if it could not be
// reached a moment ago: how long to wait is the caller's to say. Errors are of
// kind Unavailable.
func (h *Host) Connect(ctx context.Context, info peer.AddrInfo) error {
	const op = "p2p.Connect"
	if info.ID == h.ID() {
		return content.Errorf(op, content.Invalid, "this is the node's own address")
	}
	if s, ok := h.host.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(info.ID) // or else libp2p refuses to dial for some seconds
	}
	before := h.host.Peerstore().Addrs(info.ID)
	if err := h.host.Connect(ctx, info); err != nil {
		h.forget(info.ID, before)
		return content.E(op, content.Unavailable, err)
	}
	return nil
}

// Bandwidth returns how many bytes the node has received and sent on streams
// since it started.
func (h *Host) Bandwidth() (in, out int64) {
	return h.bytes.in.Load(), h.bytes.out.Load()
}

// Close closes every connection, ends all subscriptions and waits for the
// host's goroutines.
func (h *Host) Close() error {
	if h.reach != nil {
		h.reach.close()
	}
	err := h.host.Close()
	if h.watch != nil {
		h.watch.close()
	}
	if err != nil {
		return content.E("p2p.Close", content.Other, err)
	}
	return nil
}

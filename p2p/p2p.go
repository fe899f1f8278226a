// Package p2p is a node's place in the network: a libp2p host with a key of its
// own, the limits a home machine needs, and a view of who is connected. The
// packages below it speak the protocols: announce (gossipsub), sync (which heads
// are new), exchange (blocks by CID) and discover (who holds an account).
//
// It guarantees that what strangers can make the node spend is bounded (see
// [Limits]), and that an idle node does next to nothing. It knows accounts only
// as identifiers: what is stored, followed or shown is decided above it. Relays,
// hole punching and reachability tests are not part of it yet and are off.
package p2p

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/metrics"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
)

// The connections a node keeps: above HighWater those that are worth least are
// closed until LowWater is reached, but none that is younger than Grace.
const (
	LowWater  = 40
	HighWater = 80
	Grace     = time.Minute
)

const dialTimeout = 15 * time.Second

// Config says how a [Host] is made. Only Key is required.
type Config struct {
	Key    crypto.PrivKey // the node's key, see [LoadOrCreateKey]
	Listen []ma.Multiaddr // where to listen; [DefaultListen] if empty
	Agent  string         // what peers are told we run, such as "rossgram/0.1"
	Logger *slog.Logger   // nil logs nothing
	// Transport replaces the machine's network, for tests: options that come after
	// the host's own, such as those of a simulated network. What Listen names is
	// then not a port of this machine.
	Transport []libp2p.Option
}

// Host is a node's libp2p host. It is safe for concurrent use.
type Host struct {
	host  host.Host
	bytes *traffic
	watch *watch
}

// New starts a host that listens. ctx bounds the start only; [Host.Close] ends
// the host. A port in use is an error of kind Conflict that names it.
func New(ctx context.Context, cfg Config) (*Host, error) {
	const op = "p2p.New"
	if cfg.Key == nil {
		return nil, content.Errorf(op, content.Invalid, "a node needs a key")
	}
	if err := ctx.Err(); err != nil {
		return nil, content.E(op, content.Unavailable, err)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if len(cfg.Listen) == 0 {
		cfg.Listen = DefaultListen()
	}
	bytes := new(traffic)
	lh, err := newLibp2p(cfg, bytes)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	h := &Host{host: lh, bytes: bytes}
	if h.watch, err = newWatch(h); err == nil {
		err = listen(lh.Network(), cfg)
	}
	if err != nil {
		return nil, errors.Join(content.E(op, content.Other, err), h.Close())
	}
	return h, nil
}

// newLibp2p returns a host that does not listen yet, so that a failure to listen
// can name the address.
func newLibp2p(cfg Config, bytes metrics.Reporter) (host.Host, error) {
	limits, err := newResourceManager()
	if err != nil {
		return nil, err
	}
	conns, err := connmgr.NewConnManager(LowWater, HighWater, connmgr.WithGracePeriod(Grace))
	if err != nil {
		return nil, err
	}
	return libp2p.New(append(append(transports(),
		libp2p.Identity(cfg.Key),
		libp2p.UserAgent(cfg.Agent),
		libp2p.ResourceManager(limits),
		libp2p.ConnectionManager(conns),
		libp2p.BandwidthReporter(bytes),
		libp2p.WithDialTimeout(dialTimeout),
		libp2p.SwarmOpts(swarm.WithDialRanker(rank)),
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
		libp2p.DisableIdentifyAddressDiscovery(),
	), cfg.Transport...)...)
}

// Libp2p returns the host for the packages that speak a protocol over it.
func (h *Host) Libp2p() host.Host { return h.host }

// ID returns the node's peer ID.
func (h *Host) ID() peer.ID { return h.host.ID() }

// Addrs returns the addresses at which this node can be dialled now, each with
// its /p2p/ID.
func (h *Host) Addrs() []ma.Multiaddr {
	addrs, err := peer.AddrInfoToP2pAddrs(&peer.AddrInfo{ID: h.ID(), Addrs: h.host.Addrs()})
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
	err := h.host.Close()
	if h.watch != nil {
		h.watch.close()
	}
	if err != nil {
		return content.E("p2p.Close", content.Other, err)
	}
	return nil
}

package p2p

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	basichost "github.com/libp2p/go-libp2p/p2p/host/basic"
	"github.com/libp2p/go-libp2p/p2p/protocol/holepunch"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"go.uber.org/fx"
)

// Pauses between attempts to get through to a peer directly, and how many are
// made at a time.
const (
	punchFirst   = 5 * time.Second
	punchLongest = time.Hour
	punchAtOnce  = 4
)

// puncher replaces connections through relays by direct ones (DCUtR). libp2p's
// own service tries once, when a peer comes in; at that moment one of the two may
// not know its own address yet, so this one tries again.
type puncher struct {
	h       *Host
	service *holepunch.Service
	ready   bool // as of the last look: the service knows an address of ours
	tries   map[peer.ID]*punch
	slots   chan struct{}
	running sync.WaitGroup
}

// punch is a peer to get through to.
type punch struct {
	next  time.Time
	pause time.Duration
}

// observed lets h know at which addresses peers see the node.
func (h *Host) observed() libp2p.Option {
	return libp2p.WithFxOption(fx.Invoke(func(o basichost.ObservedAddrsManager) { h.seenAt = o }))
}

func newPuncher(h *Host) (*puncher, error) {
	ids := h.host.(interface{ IDService() identify.IDService }).IDService() // a basic host
	s, err := holepunch.NewService(h.host, ids, h.punchAddrs)
	if err != nil {
		return nil, err
	}
	return &puncher{h: h, service: s, tries: make(map[peer.ID]*punch), slots: make(chan struct{}, punchAtOnce)}, nil
}

// punchAddrs are the node's addresses on the internet, also those that a single
// peer sees it at.
func (h *Host) punchAddrs() []ma.Multiaddr {
	addrs := h.host.(interface{ AllAddrs() []ma.Multiaddr }).AllAddrs()
	if h.seenAt != nil { // a simulated network has no routers
		addrs = append(addrs, h.seenAt.Addrs(1)...)
	}
	addrs = slices.DeleteFunc(addrs, func(a ma.Multiaddr) bool { return !manet.IsPublicAddr(a) })
	return ma.Unique(WithoutBrowsers(addrs))
}

// tend begins the attempts that are due. It is called by one goroutine.
func (p *puncher) tend(ctx context.Context, now time.Time) {
	was := p.ready
	p.ready = slices.Contains(p.h.host.Mux().Protocols(), holepunch.Protocol)
	tries := make(map[peer.ID]*punch)
	for _, id := range p.h.host.Network().Peers() {
		if !cameRelayed(p.h.host.Network().ConnsToPeer(id)) {
			continue
		}
		t := p.tries[id]
		if t == nil {
			t = &punch{now.Add(punchFirst), punchFirst}
		}
		tries[id] = t
		if was && now.After(t.next) { // DirectConnect would wait for the service, for good if that closes
			t.pause = min(2*t.pause, punchLongest)
			t.next = now.Add(t.pause)
			p.begin(ctx, id)
		}
	}
	p.tries = tries
}

// begin makes an attempt, unless there are enough.
func (p *puncher) begin(ctx context.Context, id peer.ID) {
	select {
	case p.slots <- struct{}{}:
	default:
		return
	}
	p.running.Go(func() {
		defer func() { <-p.slots }()
		if err := p.service.DirectConnect(id); err != nil && ctx.Err() == nil {
			p.h.log.Debug("no direct connection", "peer", id, "error", err)
		}
	})
}

// close ends all attempts and waits for them.
func (p *puncher) close() {
	_ = p.service.Close() // it returns no errors
	p.running.Wait()
}

// cameRelayed reports whether a peer came in through a relay, and in no other
// way: it is then for this side to try.
func cameRelayed(conns []network.Conn) bool {
	came := false
	for _, c := range conns {
		came = came || c.Stat().Direction == network.DirInbound
	}
	return came && relayedOnly(conns)
}

package p2p

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	basichost "github.com/libp2p/go-libp2p/p2p/host/basic"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
	ma "github.com/multiformats/go-multiaddr"
)

// Reachability says how others can reach this node.
type Reachability struct {
	// Status is public once peers got through to an address when this node asked
	// them to (AutoNAT v2), private if they did not get through to any, and
	// unknown until enough of them tried.
	Status network.Reachability
	// Addrs are this node's own addresses on the internet, as far as it knows
	// them, each with what is known of it.
	Addrs []AddrReach
	// Mapped are addresses that the router forwards because the node asked it to,
	// by UPnP, PCP or NAT-PMP.
	Mapped []ma.Multiaddr
	// Relays are addresses at which others relay for this node.
	Relays []ma.Multiaddr
	// Relaying is whether this node relays for its contacts, and Relayed for how
	// many.
	Relaying bool
	Relayed  int
	// Private is whether this is a private network, see [NetworkKey].
	Private bool
}

// AddrReach is an address and whether peers get through to it.
type AddrReach struct {
	Addr   ma.Multiaddr
	Status network.Reachability
}

// tendEvery is how often a host looks after its connections.
const tendEvery = 5 * time.Second

// reach keeps track of how a host can be reached, and turns the relay on and off
// with it. It also tells libp2p, whose own tests of reachability as a whole
// (AutoNAT v1) are off: EvtLocalReachabilityChanged is what AutoRelay and a DHT
// that chooses between client and server go by.
type reach struct {
	h     *Host
	mode  RelayMode
	punch *puncher
	tell  event.Emitter
	sub   event.Subscription
	ended sync.WaitGroup // run
	close func()         // ends all of it and waits; the host is still open

	mu     sync.Mutex
	addrs  event.EvtHostReachableAddrsChanged
	status network.Reachability
	relays []ma.Multiaddr
	serves *relayService // nil while the node does not relay
}

func newReach(h *Host, mode RelayMode) (*reach, error) {
	bus := h.host.EventBus()
	tell, err := bus.Emitter(new(event.EvtLocalReachabilityChanged), eventbus.Stateful)
	if err != nil {
		return nil, err
	}
	sub, err := bus.Subscribe([]any{
		new(event.EvtHostReachableAddrsChanged),
		new(event.EvtAutoRelayAddrsUpdated),
		new(event.EvtPeerIdentificationCompleted),
	}, eventbus.BufSize(busBuffer), eventbus.Name("p2p.reach"))
	if err != nil {
		return nil, err
	}
	punch, err := newPuncher(h)
	if err != nil {
		return nil, err
	}
	r := &reach{h: h, mode: mode, punch: punch, tell: tell, sub: sub}
	ctx, cancel := context.WithCancel(context.Background())
	r.close = sync.OnceFunc(func() { cancel(); r.end() })
	r.ended.Go(func() { r.run(ctx) })
	return r, nil
}

// run owns the state until ctx ends.
func (r *reach) run(ctx context.Context) {
	tend := time.NewTicker(tendEvery)
	defer tend.Stop()
	r.serve()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tend.C:
			r.h.tend(now)
			r.punch.tend(ctx, now)
		case e := <-r.sub.Out():
			switch e := e.(type) {
			case event.EvtHostReachableAddrsChanged:
				r.changed(e)
			case event.EvtAutoRelayAddrsUpdated:
				r.mu.Lock()
				r.relays = e.RelayAddrs
				r.mu.Unlock()
			case event.EvtPeerIdentificationCompleted:
				r.h.favour(e.Peer)
			}
		}
	}
}

// changed takes what AutoNAT found of each address.
func (r *reach) changed(e event.EvtHostReachableAddrsChanged) {
	status := network.ReachabilityUnknown
	switch {
	case len(e.Reachable) > 0:
		status = network.ReachabilityPublic
	case len(e.Unreachable) > 0:
		status = network.ReachabilityPrivate
	}
	r.mu.Lock()
	news := status != r.status
	r.addrs, r.status = e, status
	r.mu.Unlock()
	if news {
		r.h.log.Info("reachability changed", "status", status, "reachable", e.Reachable, "unreachable", e.Unreachable)
		_ = r.tell.Emit(event.EvtLocalReachabilityChanged{Reachability: status}) // only of another type can it fail
		r.serve()
	}
}

// serve starts or ends the relay, whichever the mode and the status call for.
func (r *reach) serve() {
	r.mu.Lock()
	defer r.mu.Unlock()
	wanted := r.mode == RelayOn || r.mode == RelayAuto && r.status == network.ReachabilityPublic
	switch {
	case wanted && r.serves == nil:
		s, err := newRelayService(r.h)
		if err != nil {
			r.h.log.Warn("cannot relay for contacts", "error", err)
			return
		}
		r.serves = s
	case !wanted && r.serves != nil:
		r.serves.close()
		r.serves = nil
	}
}

// known returns the status.
func (r *reach) known() network.Reachability {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

func (r *reach) end() {
	r.ended.Wait()
	r.punch.close()
	r.sub.Close()
	r.tell.Close()
	if r.serves != nil {
		r.serves.close()
	}
}

// Reachability returns how others can reach this node, as far as is known now.
func (h *Host) Reachability() Reachability {
	r := h.reach
	r.mu.Lock()
	defer r.mu.Unlock()
	all := Reachability{Status: r.status, Relays: WithoutBrowsers(r.relays), Relaying: r.serves != nil, Private: h.network.Private()}
	if r.serves != nil {
		all.Relayed = r.serves.reservations()
	}
	for status, addrs := range map[network.Reachability][]ma.Multiaddr{
		network.ReachabilityPublic: r.addrs.Reachable, network.ReachabilityPrivate: r.addrs.Unreachable, network.ReachabilityUnknown: r.addrs.Unknown,
	} {
		for _, a := range WithoutBrowsers(addrs) {
			all.Addrs = append(all.Addrs, AddrReach{a, status})
		}
	}
	slices.SortFunc(all.Addrs, func(a, b AddrReach) int { return a.Addr.Compare(b.Addr) })
	all.Mapped = h.mapped()
	return all
}

// mapped returns what the router forwards.
func (h *Host) mapped() (addrs []ma.Multiaddr) {
	if h.nat == nil {
		return nil
	}
	for _, listen := range h.host.Network().ListenAddresses() {
		if a := h.nat.GetMapping(listen); a != nil {
			addrs = append(addrs, a)
		}
	}
	return WithoutBrowsers(addrs)
}

// mapPorts asks the router to forward the ports that n listens on, for as long as
// the host runs.
func (h *Host) mapPorts(n network.Network) basichost.NATManager {
	h.nat = basichost.NewNATManager(n)
	return h.nat
}

// contact says whether a peer is a contact, see [Config].
func (h *Host) contact(p peer.ID) bool { return h.isContact != nil && h.isContact(p) }

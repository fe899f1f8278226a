package p2p

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	pbv2 "github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/pb"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/relay"
	ma "github.com/multiformats/go-multiaddr"
	"golang.org/x/time/rate"
)

// RelayMode says whether a node relays for its contacts.
type RelayMode uint8

// A node relays by itself as long as it is reachable from the internet, always,
// or never.
const (
	RelayAuto RelayMode = iota
	RelayOn
	RelayOff
)

var relayModes = [...]string{RelayAuto: "auto", RelayOn: "on", RelayOff: "off"}

func (m RelayMode) String() string { return relayModes[m] }

// MarshalText writes auto, on or off.
func (m RelayMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads auto, on or off.
func (m *RelayMode) UnmarshalText(text []byte) error {
	for mode, name := range relayModes {
		if string(text) == name {
			*m = RelayMode(mode)
			return nil
		}
	}
	return fmt.Errorf("%q is not auto, on or off", text)
}

// What a node relays at most. Connections through it are not cut after a time or
// an amount, as those through relays for everybody are: where no hole can be
// punched, posts go this way. What all of them together carry is bounded instead,
// and each goes slower when that is used up.
const (
	MaxRelayed      = 32              // contacts that hold a reservation
	MaxRelayedPerIP = 8               // of them with the same address
	MaxCircuits     = 8               // connections through the relay, of one peer
	RelayRate       = 512 << 10       // bytes a second, both ways
	RelayPerDay     = 2 << 30         // bytes a day on the long run
	relayBurst      = RelayPerDay / 8 // of them that may be used up at once

	// Those who are no contacts may not reserve. They may come in through the
	// relay to one who did, a few at a time: an invite leads here.
	strangersEvery = 10 * time.Second
	strangersBurst = 16
)

// relayService relays for contacts. It is also the meter that libp2p's relay
// reports to (relay.MetricsTracer), and slows it down by it.
type relayService struct {
	relay     *relay.Relay
	h         *Host
	ctx       context.Context // ends with close
	cancel    context.CancelFunc
	second    *rate.Limiter
	day       *rate.Limiter
	strangers *rate.Limiter
	reserved  atomic.Int64
}

func newRelayService(h *Host) (*relayService, error) {
	s := &relayService{
		h:         h,
		second:    rate.NewLimiter(RelayRate, RelayRate),
		day:       rate.NewLimiter(RelayPerDay/(24*60*60), relayBurst),
		strangers: rate.NewLimiter(rate.Every(strangersEvery), strangersBurst),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	var err error
	s.relay, err = relay.New(h.host,
		relay.WithResources(relay.Resources{
			ReservationTTL: time.Hour, MaxReservations: MaxRelayed, MaxCircuits: MaxCircuits, BufferSize: 4 << 10,
			MaxReservationsPerIP: MaxRelayedPerIP, MaxReservationsPerASN: MaxRelayed,
		}),
		relay.WithACL(s), relay.WithMetricsTracer(s))
	if err != nil {
		s.cancel()
		return nil, err
	}
	return s, nil
}

func (s *relayService) close() {
	s.cancel()
	_ = s.relay.Close() // it returns no errors
}

func (s *relayService) reservations() int { return int(max(s.reserved.Load(), 0)) }

// AllowReserve lets contacts reserve.
func (s *relayService) AllowReserve(p peer.ID, _ ma.Multiaddr) bool { return s.h.contact(p) }

// AllowConnect lets contacts through, and now and then somebody else.
func (s *relayService) AllowConnect(src peer.ID, _ ma.Multiaddr, _ peer.ID) bool {
	return s.h.contact(src) || s.strangers.Allow()
}

// BytesTransferred holds up the connection that carried n bytes, at most a
// buffer, until they are within the limits.
func (s *relayService) BytesTransferred(n int) {
	_ = s.day.WaitN(s.ctx, n)
	_ = s.second.WaitN(s.ctx, n) // only the end of the relay ends it early
}

// ReservationAllowed counts who reserved.
func (s *relayService) ReservationAllowed(renewed bool) {
	if !renewed {
		s.reserved.Add(1)
	}
}

// ReservationClosed counts whose reservation ended.
func (s *relayService) ReservationClosed(n int) { s.reserved.Add(int64(-n)) }

// What follows is reported too, and not counted.

func (s *relayService) RelayStatus(bool)                      {}
func (s *relayService) ConnectionOpened()                     {}
func (s *relayService) ConnectionClosed(time.Duration)        {}
func (s *relayService) ConnectionRequestHandled(pbv2.Status)  {}
func (s *relayService) ReservationRequestHandled(pbv2.Status) {}

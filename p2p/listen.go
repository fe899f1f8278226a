package p2p

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	tls "github.com/libp2p/go-libp2p/p2p/security/tls"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-libp2p/p2p/transport/websocket"
	webtransport "github.com/libp2p/go-libp2p/p2p/transport/webtransport"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"rossgram.app/content"
)

// DefaultPort is the TCP and UDP port a node listens on unless told otherwise.
const DefaultPort = 7671

// DefaultListen returns TCP, QUIC and WebTransport at [DefaultPort] on all
// interfaces. WebSocket is for those behind a reverse proxy, see [Config].
func DefaultListen() []ma.Multiaddr {
	return append(
		ListenOn(netip.AddrPortFrom(netip.IPv4Unspecified(), DefaultPort)),
		ListenOn(netip.AddrPortFrom(netip.IPv6Unspecified(), DefaultPort))...)
}

// ListenOn returns the addresses for TCP, QUIC and WebTransport, which shares
// QUIC's port, at an IP address and port. Port 0 lets the system choose one for
// each; there is no WebTransport then.
func ListenOn(at netip.AddrPort) []ma.Multiaddr {
	family := "ip4"
	if at.Addr().Is6() {
		family = "ip6"
	}
	addrs := []ma.Multiaddr{
		ma.StringCast(fmt.Sprintf("/%s/%s/tcp/%d", family, at.Addr().WithZone(""), at.Port())),
		ma.StringCast(fmt.Sprintf("/%s/%s/udp/%d/quic-v1", family, at.Addr().WithZone(""), at.Port())),
	}
	if at.Port() != 0 {
		addrs = append(addrs, addrs[1].Encapsulate(ma.StringCast("/webtransport")))
	}
	return addrs
}

// transports are TCP and WebSocket, secured by TLS 1.3 or Noise and multiplexed by
// yamux, and QUIC and WebTransport, which bring both and which a private network
// has not.
func transports(private NetworkKey) []libp2p.Option {
	opts := []libp2p.Option{
		libp2p.NoListenAddrs,
		libp2p.NoTransports,
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Transport(websocket.New),
		libp2p.Security(tls.ID, tls.New),
		libp2p.Security(noise.ID, noise.New),
		libp2p.Muxer(yamux.ID, quietYamux()),
	}
	if private.Private() {
		return append(opts, libp2p.PrivateNetwork(private.psk))
	}
	return append(opts, libp2p.Transport(quic.NewTransport), libp2p.Transport(webtransport.New))
}

// announcing returns what adds addresses to a node's own.
func announcing(more []ma.Multiaddr) func([]ma.Multiaddr) []ma.Multiaddr {
	return func(own []ma.Multiaddr) []ma.Multiaddr { return append(slices.Clip(own), more...) }
}

// WithoutBrowsers leaves out addresses of WebTransport: whoever is no browser
// uses QUIC at the same port.
func WithoutBrowsers(addrs []ma.Multiaddr) []ma.Multiaddr {
	return slices.DeleteFunc(slices.Clone(addrs), func(a ma.Multiaddr) bool { return has(a, ma.P_WEBTRANSPORT) })
}

// listen opens each address. A machine without IPv6 is usual, so an address of
// that family may fail, with a line in the log, as long as another works.
func listen(n network.Network, cfg Config) error {
	const op = "p2p.listen"
	opened := 0
	var failed []error
	for _, a := range cfg.Listen {
		var err error
		if len(cfg.Transport) == 0 {
			err = probe(a)
		}
		if errors.Is(err, syscall.EADDRINUSE) {
			return content.E(op, content.Conflict, inUse(a))
		}
		if err == nil {
			err = n.Listen(a)
		}
		if err != nil {
			cfg.Logger.Warn("cannot listen", "address", a, "error", err)
			failed = append(failed, fmt.Errorf("%s: %w", a, err))
			continue
		}
		opened++
	}
	if opened == 0 {
		return content.E(op, content.Unavailable, errors.Join(failed...))
	}
	return nil
}

// probe opens the socket and closes it again: libp2p would share a TCP port with
// another of its kind (SO_REUSEPORT), and its errors do not say what went wrong.
func probe(a ma.Multiaddr) error {
	if has(a, ma.P_WEBTRANSPORT) {
		return nil // QUIC has the port
	}
	socket, _ := ma.SplitFunc(a, func(c ma.Component) bool {
		return c.Protocol().Code == ma.P_QUIC_V1 || c.Protocol().Code == ma.P_WS
	})
	if has(a, ma.P_UDP) {
		c, err := manet.ListenPacket(socket)
		if err != nil {
			return err
		}
		return c.Close()
	}
	l, err := manet.Listen(socket)
	if err != nil {
		return err
	}
	return l.Close()
}

func inUse(a ma.Multiaddr) error {
	port := "?"
	if _, host, err := manet.DialArgs(a); err == nil {
		if ap, err := netip.ParseAddrPort(host); err == nil {
			port = fmt.Sprint(ap.Port())
		}
	}
	return fmt.Errorf("port %s for peers is in use (%s), perhaps by another rossgram; "+
		"choose another with --listen or end that program", port, a)
}

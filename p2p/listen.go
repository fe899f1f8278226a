package p2p

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	tls "github.com/libp2p/go-libp2p/p2p/security/tls"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"rossgram.app/content"
)

// DefaultPort is the TCP and UDP port a node listens on unless told otherwise.
const DefaultPort = 7671

// DefaultListen returns TCP and QUIC at [DefaultPort] on all interfaces.
func DefaultListen() []ma.Multiaddr {
	return append(
		ListenOn(netip.AddrPortFrom(netip.IPv4Unspecified(), DefaultPort)),
		ListenOn(netip.AddrPortFrom(netip.IPv6Unspecified(), DefaultPort))...)
}

// ListenOn returns the addresses for TCP and QUIC at an IP address and port.
// Port 0 lets the system choose one for each.
func ListenOn(at netip.AddrPort) []ma.Multiaddr {
	family := "ip4"
	if at.Addr().Is6() {
		family = "ip6"
	}
	return []ma.Multiaddr{
		ma.StringCast(fmt.Sprintf("/%s/%s/tcp/%d", family, at.Addr().WithZone(""), at.Port())),
		ma.StringCast(fmt.Sprintf("/%s/%s/udp/%d/quic-v1", family, at.Addr().WithZone(""), at.Port())),
	}
}

// transports are TCP, secured by TLS 1.3 or Noise and multiplexed by yamux, and
// QUIC, which brings both.
func transports() []libp2p.Option {
	return []libp2p.Option{
		libp2p.NoListenAddrs,
		libp2p.NoTransports,
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Transport(quic.NewTransport),
		libp2p.Security(tls.ID, tls.New),
		libp2p.Security(noise.ID, noise.New),
		libp2p.Muxer(yamux.ID, quietYamux()),
	}
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
	if _, quic := ma.SplitFunc(a, func(c ma.Component) bool { return c.Protocol().Code == ma.P_QUIC_V1 }); quic != nil {
		a, _ = ma.SplitLast(a)
		c, err := manet.ListenPacket(a)
		if err != nil {
			return err
		}
		return c.Close()
	}
	l, err := manet.Listen(a)
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

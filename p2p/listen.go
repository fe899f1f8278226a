package p2p

import (
	"errors"
	"fmt"
	"log/slog"
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
		libp2p.Muxer(yamux.ID, yamux.DefaultTransport),
	}
}

// listen opens each address. A machine without IPv6 is usual, so an address of
// that family may fail, with a line in the log, as long as another works.
func listen(n network.Network, addrs []ma.Multiaddr, log *slog.Logger) error {
	const op = "p2p.listen"
	opened := 0
	var failed []error
	for _, a := range addrs {
		switch err := n.Listen(a); {
		case err == nil:
			opened++
		case errors.Is(err, syscall.EADDRINUSE):
			return content.Errorf(op, content.Conflict, inUse(a))
		default:
			log.Warn("cannot listen", "address", a, "error", err)
			failed = append(failed, fmt.Errorf("%s: %w", a, err))
		}
	}
	if opened == 0 {
		return content.E(op, content.Unavailable, errors.Join(failed...))
	}
	return nil
}

func inUse(a ma.Multiaddr) string {
	port := a.String()
	if _, host, err := manet.DialArgs(a); err == nil {
		if ap, err := netip.ParseAddrPort(host); err == nil {
			port = fmt.Sprint(ap.Port())
		}
	}
	return fmt.Sprintf("port %s for peers is in use (%s), perhaps by another rossgram; "+
		"choose another with --listen or end that program", port, a)
}

package simulation

import (
	"fmt"
	"net"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/p2p/transport/quicreuse"
	ma "github.com/multiformats/go-multiaddr"
	"github.com/quic-go/quic-go"
	"go.uber.org/fx"
)

// transport has a host send its packets over a line.
func (l *line) transport() []libp2p.Option {
	return []libp2p.Option{
		libp2p.QUICReuse(newConnManager,
			quicreuse.OverrideSourceIPSelector(func() (quicreuse.SourceIPSelector, error) { return l, nil }),
			quicreuse.OverrideListenUDP(func(_ string, at *net.UDPAddr) (net.PacketConn, error) { return l.listen(at) })),
		withoutDialBack,
	}
}

// withoutDialBack keeps a host from testing whether others can be reached: for that
// libp2p opens sockets of the machine.
func withoutDialBack(cfg *libp2p.Config) error {
	cfg.EnableAutoNATv2 = false
	return nil
}

// newConnManager closes the manager with the host, which libp2p does with its own
// only.
func newConnManager(l fx.Lifecycle, reset quic.StatelessResetKey, token quic.TokenGeneratorKey, opts ...quicreuse.Option) (*quicreuse.ConnManager, error) {
	m, err := quicreuse.NewConnManager(reset, token, opts...)
	if err == nil {
		l.Append(fx.StopHook(m.Close))
	}
	return m, err
}

// PreferredSourceIPForDestination implements [quicreuse.SourceIPSelector].
func (l *line) PreferredSourceIPForDestination(*net.UDPAddr) (net.IP, error) { return l.addr.IP, nil }

func (l *line) multiaddr() ma.Multiaddr {
	return ma.StringCast(fmt.Sprintf("/ip4/%s/udp/%d/quic-v1", l.addr.IP, l.addr.Port))
}

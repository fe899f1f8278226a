package cli

import (
	"encoding/binary"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
)

// wire counts the bytes of the IP packets from and to some ports of this machine's
// loopback device (packet(7)).
type wire struct {
	ports map[uint16]bool
	n     atomic.Int64
}

// openWire counts until the benchmark ends. It is nil where the system does not
// let us look.
func openWire(b *testing.B, ports map[uint16]bool) *wire {
	b.Helper()
	loopback, err := net.InterfaceByName("lo")
	check(b, err)
	protocol := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, syscall.ETH_P_IP))
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, int(protocol))
	if errors.Is(err, syscall.EPERM) {
		return nil
	}
	check(b, err)
	check(b, syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: protocol, Ifindex: loopback.Index}))
	second := syscall.Timeval{Sec: 1} // after which it looks whether it is over
	check(b, syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &second))
	w := &wire{ports: ports}
	ended, done := make(chan struct{}), make(chan struct{})
	go w.count(fd, ended, done)
	b.Cleanup(func() { close(ended); <-done })
	return w
}

func (w *wire) count(fd int, ended, done chan struct{}) {
	defer close(done)
	defer syscall.Close(fd)
	packet := make([]byte, 128) // headers are enough
	for {
		select {
		case <-ended:
			return
		default:
		}
		n, from, err := syscall.Recvfrom(fd, packet, 0)
		if link, ok := from.(*syscall.SockaddrLinklayer); err == nil && ok && link.Pkttype == syscall.PACKET_HOST {
			w.add(packet[:n]) // loopback shows each packet twice, once outgoing
		}
	}
}

// add counts an IPv4 packet (RFC 791) of TCP or UDP, whose first fields are the
// ports.
func (w *wire) add(p []byte) {
	if len(p) < 20 || len(p) < int(p[0]&15)*4+4 {
		return
	}
	ports := p[int(p[0]&15)*4:]
	if w.ports[binary.BigEndian.Uint16(ports)] || w.ports[binary.BigEndian.Uint16(ports[2:])] {
		w.n.Add(int64(binary.BigEndian.Uint16(p[2:])))
	}
}

// bytes returns what was counted.
func (w *wire) bytes() int64 { return w.n.Load() }

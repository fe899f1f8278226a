package simulation

import (
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

// socket is a line as QUIC has it while a node runs.
type socket struct {
	line   *line
	queue  chan packet
	closed chan struct{}
	once   sync.Once

	mu    sync.Mutex
	ended bool          // reading is, until further notice
	wake  chan struct{} // holds one: look at ended
}

type packet struct {
	data []byte
	from net.Addr
}

// take queues a packet, or drops it as a kernel does when nobody reads.
func (s *socket) take(data []byte, from net.Addr) {
	select {
	case s.queue <- packet{slices.Clone(data), from}:
	default:
	}
}

func (s *socket) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		s.mu.Lock()
		ended := s.ended
		s.mu.Unlock()
		if ended {
			return 0, nil, os.ErrDeadlineExceeded
		}
		select {
		case p := <-s.queue:
			return copy(b, p.data), p.from, nil
		case <-s.wake:
		case <-s.closed:
			return 0, nil, net.ErrClosed
		}
	}
}

func (s *socket) WriteTo(b []byte, to net.Addr) (int, error) {
	select {
	case <-s.closed:
		return 0, net.ErrClosed
	default:
	}
	udp, ok := to.(*net.UDPAddr)
	if !ok || udp.IP.To4() == nil {
		return 0, errors.ErrUnsupported
	}
	s.line.bytes.Add(int64(len(b) + overhead))
	return s.line.conn.WriteTo(b, &net.UDPAddr{IP: udp.IP.To4(), Port: udp.Port})
}

func (s *socket) Close() error {
	s.once.Do(func() {
		close(s.closed)
		s.line.mu.Lock()
		s.line.open = nil
		s.line.mu.Unlock()
	})
	return nil
}

func (s *socket) LocalAddr() net.Addr { return s.line.addr }

// SetReadDeadline knows what QUIC needs of it: to end reading now, and not to.
func (s *socket) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case t.IsZero():
		s.ended = false
	case t.After(time.Now()):
		return errors.ErrUnsupported
	default:
		s.ended = true
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
	return nil
}

func (s *socket) SetDeadline(t time.Time) error  { return s.SetReadDeadline(t) }
func (*socket) SetWriteDeadline(time.Time) error { return nil }

// Sizes of buffers are the kernel's business, of which there is none.
func (*socket) SetReadBuffer(int) error  { return nil }
func (*socket) SetWriteBuffer(int) error { return nil }

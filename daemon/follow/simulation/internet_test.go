package simulation

import (
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/marcopolo/simnet"
)

// Lines as homes have them, and a network that loses a packet in two hundred.
const (
	downlink = 50 * simnet.Mibps
	uplink   = 10 * simnet.Mibps
	loss     = 0.005
)

// port is where every node listens.
const port = 7671

// internet carries packets between lines. Who is not there gets nothing, and who
// sent it is not told.
type internet struct {
	net   simnet.Simnet
	lines []*line
	owned sync.WaitGroup
}

// line is a node's place in the network, which it keeps while it is off.
type line struct {
	conn *simnet.SimConn
	addr *net.UDPAddr
	x, y float64 // on a map, 0 to 1

	bytes atomic.Int64 // sent and received, with the headers of UDP and IP

	mu   sync.Mutex
	open *socket
}

func newInternet(lines int, rng *rand.Rand) *internet {
	i := &internet{}
	i.net.Logger = slog.New(slog.DiscardHandler)
	i.net.LatencyFunc = func(p *simnet.Packet) time.Duration { return latency(i.lineAt(p.From), i.lineAt(p.To)) }
	for n := range lines {
		l := &line{
			addr: &net.UDPAddr{IP: simnet.IntToPublicIPv4(n).To4(), Port: port},
			x:    rng.Float64(), y: rng.Float64(),
		}
		l.conn = i.net.NewEndpoint(l.addr, simnet.NodeBiDiLinkSettings{
			Downlink: simnet.LinkSettings{BitsPerSecond: downlink}, Uplink: simnet.LinkSettings{BitsPerSecond: uplink},
		})
		i.lines = append(i.lines, l)
	}
	i.net.Start()
	for _, l := range i.lines {
		i.owned.Go(l.deliver)
	}
	return i
}

// lineAt returns the line of an address; nil if there is none. It knows how
// [simnet.IntToPublicIPv4] counts.
func (i *internet) lineAt(a net.Addr) *line {
	udp, ok := a.(*net.UDPAddr)
	if !ok {
		return nil
	}
	ip := udp.IP.To4()
	n := int(ip[1])<<16 + int(ip[2])<<8 + int(ip[3]) - 1
	if n < 0 || n >= len(i.lines) {
		return nil
	}
	return i.lines[n]
}

// latency is one way: 5 ms and up to 85 more over the map, which makes round trips
// of 72 ms on average, about what King found between name servers (Gummadi, Saroiu
// and Gribble, "King: Estimating Latency between Arbitrary Internet End Hosts",
// 2002; Dabek and others, "Vivaldi", 2004).
func latency(a, b *line) time.Duration {
	if a == nil || b == nil {
		return 0
	}
	return 5*time.Millisecond + time.Duration(60*math.Hypot(a.x-b.x, a.y-b.y)*float64(time.Millisecond))
}

func (i *internet) close() {
	i.net.Close()
	i.owned.Wait()
}

// overhead is what IPv4 and UDP put before a payload, in bytes.
const overhead = 28

// deliver hands what arrives to whoever listens now.
func (l *line) deliver() {
	buf := make([]byte, 2048)
	for {
		n, from, err := l.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if rand.Float64() < loss {
			continue
		}
		l.mu.Lock()
		if l.open != nil {
			l.bytes.Add(int64(n + overhead))
			l.open.take(buf[:n], from)
		}
		l.mu.Unlock()
	}
}

// listen opens the line's one socket.
func (l *line) listen(at *net.UDPAddr) (net.PacketConn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open != nil || !at.IP.Equal(l.addr.IP) || at.Port != l.addr.Port {
		return nil, fmt.Errorf("a node has one socket, at %v, not at %v", l.addr, at)
	}
	l.open = &socket{
		line: l, queue: make(chan packet, 512), closed: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	return l.open, nil
}

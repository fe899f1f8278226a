package p2p

import (
	"time"

	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
)

// keepAlive is how long a TCP connection may be silent before both sides ask, over
// yamux, whether the other still answers. Libp2p's default of 30 s, and as often
// again to measure the latency, is over 1 MB a day for each connection. Routers are
// kept from forgetting the connection, and machines that are gone are noticed, by
// the system's own probes, which Go turns on for every TCP connection (every 15 s).
const keepAlive = 15 * time.Minute

// quietYamux is libp2p's multiplexer of TCP connections, less talkative.
func quietYamux() *yamux.Transport {
	t := *yamux.DefaultTransport
	t.KeepAliveInterval = keepAlive
	t.MeasureRTTInterval = keepAlive
	return &t
}

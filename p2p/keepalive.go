package p2p

import (
	"time"

	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
)

// keepAlive is how long a TCP connection may be silent before both sides ask
// whether the other is still there. Libp2p's default of 30 s, and as often again to
// measure the latency, is 1.5 MB a day for each connection. Routers forget silent
// TCP connections after four minutes at the earliest that are worth reckoning with
// (RFC 5382 asks for two hours). QUIC keeps to 15 s, since UDP is forgotten sooner.
const keepAlive = 2 * time.Minute

// quietYamux is libp2p's multiplexer of TCP connections, less talkative.
func quietYamux() *yamux.Transport {
	t := *yamux.DefaultTransport
	t.KeepAliveInterval = keepAlive
	t.MeasureRTTInterval = keepAlive
	return &t
}

package p2p

import (
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/metrics"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// traffic counts the bytes on streams as they pass: [metrics.Reporter]. libp2p's own
// counter is up to a second behind, too late for a limit, and keeps meters for each
// peer and protocol, which nobody reads.
type traffic struct{ in, out atomic.Int64 }

// LogSentMessage implements [metrics.Reporter].
func (t *traffic) LogSentMessage(n int64) { t.out.Add(n) }

// LogRecvMessage implements [metrics.Reporter].
func (t *traffic) LogRecvMessage(n int64) { t.in.Add(n) }

// GetBandwidthTotals implements [metrics.Reporter].
func (t *traffic) GetBandwidthTotals() metrics.Stats {
	return metrics.Stats{TotalIn: t.in.Load(), TotalOut: t.out.Load()}
}

// What is told or asked of single peers and protocols is left out.

func (*traffic) LogSentMessageStream(int64, protocol.ID, peer.ID)      {}
func (*traffic) LogRecvMessageStream(int64, protocol.ID, peer.ID)      {}
func (*traffic) GetBandwidthForPeer(peer.ID) (s metrics.Stats)         { return s }
func (*traffic) GetBandwidthForProtocol(protocol.ID) (s metrics.Stats) { return s }
func (*traffic) GetBandwidthByPeer() map[peer.ID]metrics.Stats         { return nil }
func (*traffic) GetBandwidthByProtocol() map[protocol.ID]metrics.Stats { return nil }
func (*traffic) Reset()                                                {}
func (*traffic) TrimIdle(time.Time)                                    {}

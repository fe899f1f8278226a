package p2p

import (
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
)

// Limits returns the limits that libp2p's resource manager enforces, fit for a
// home machine with some dozens of peers; they do not grow with the machine.
//
//	scope              connections  inbound  streams  inbound  memory
//	the whole node             160      112     4096     2048  128 MiB
//	not yet identified          64       48      768      512   32 MiB
//	one peer                     8        8      512      128   32 MiB
//	one protocol                 –        –     2048     1024   64 MiB
//	one protocol, one peer       –        –      256       96   16 MiB
//
// A stream counts as not yet identified until its protocol is agreed on, which a
// peer can put off. There is room for four times what one peer may open, so that
// one alone does not keep the others out.
//
// Memory is what libp2p accounts for: buffers of connections and streams. The
// protocols have limits of their own below these.
func Limits() rcmgr.ConcreteLimitConfig {
	scaling := rcmgr.DefaultLimits
	libp2p.SetDefaultServiceLimits(&scaling) // identify, ping, hole punching, relay
	limits := rcmgr.PartialLimitConfig{
		System:              resources(160, 112, 4096, 2048, 128<<20),
		Transient:           resources(64, 48, 768, 512, 32<<20),
		PeerDefault:         resources(8, 8, 512, 128, 32<<20),
		ServiceDefault:      resources(0, 0, 2048, 1024, 64<<20),
		ServicePeerDefault:  resources(0, 0, 256, 96, 16<<20),
		ProtocolDefault:     resources(0, 0, 2048, 1024, 64<<20),
		ProtocolPeerDefault: resources(0, 0, 256, 96, 16<<20),
	}
	return limits.Build(scaling.Scale(0, 0))
}

// resources leaves what is 0 at libp2p's default.
func resources(conns, connsIn, streams, streamsIn int, memory int64) rcmgr.ResourceLimits {
	return rcmgr.ResourceLimits{
		Conns:           rcmgr.LimitVal(conns),
		ConnsInbound:    rcmgr.LimitVal(connsIn),
		ConnsOutbound:   rcmgr.LimitVal(conns),
		FD:              rcmgr.LimitVal(conns),
		Streams:         rcmgr.LimitVal(streams),
		StreamsInbound:  rcmgr.LimitVal(streamsIn),
		StreamsOutbound: rcmgr.LimitVal(streams),
		Memory:          rcmgr.LimitVal64(memory),
	}
}

func newResourceManager() (network.ResourceManager, error) {
	return rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(Limits()), rcmgr.WithMetricsDisabled())
}

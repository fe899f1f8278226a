package p2p

import (
	"context"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/host/autorelay"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/proto"
)

// RelaySource names up to n peers that might relay for this node, beside the
// contacts that are connected. It is asked while the node is not known to be
// reachable, at intervals that double from seconds to ten minutes, and may take its
// time until ctx ends.
type RelaySource func(ctx context.Context, n int) []peer.AddrInfo

// A node that cannot be reached, or does not know, has this many others relay for
// it. Candidates are offered again after pauses that double: a contact may learn
// only after a while that we are one of its own.
const (
	relaysWanted   = 2
	maxCandidates  = 16
	offerFirst     = 2 * time.Second
	offerLongest   = 10 * time.Minute
	reserveBackoff = time.Second // libp2p's own pause, below any of ours
)

func (h *Host) autoRelay() libp2p.Option {
	return libp2p.EnableAutoRelayWithPeerSource(h.relayCandidates,
		autorelay.WithNumRelays(relaysWanted),
		autorelay.WithMaxCandidates(maxCandidates),
		autorelay.WithMinCandidates(1),
		autorelay.WithBootDelay(0),
		autorelay.WithBackoff(reserveBackoff),
	)
}

// relayCandidates offers who might relay, over and over, until ctx ends. See
// [autorelay.PeerSource].
func (h *Host) relayCandidates(ctx context.Context, n int) <-chan peer.AddrInfo {
	out := make(chan peer.AddrInfo)
	go func() {
		defer close(out)
		select {
		case <-h.started:
			h.offer(ctx, n, out)
		case <-ctx.Done():
		}
	}()
	return out
}

// offer begins anew when a contact comes that relays.
func (h *Host) offer(ctx context.Context, n int, out chan<- peer.AddrInfo) {
	peers, unsubscribe := h.Subscribe(64)
	defer unsubscribe()
	pause := offerFirst
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case e, open := <-peers:
			if !open {
				return
			}
			if e.Change == Identified && slices.Contains(e.Protocols, proto.ProtoIDv2Hop) {
				pause = offerFirst
				timer.Reset(pause)
			}
		case <-timer.C:
			for _, info := range h.relays(ctx, n) {
				select {
				case out <- info:
				case <-ctx.Done():
					return
				}
			}
			pause = min(2*pause, offerLongest)
			timer.Reset(pause)
		}
	}
}

// relays returns connected contacts that relay, and then whom the source names.
func (h *Host) relays(ctx context.Context, n int) []peer.AddrInfo {
	var list []peer.AddrInfo
	for _, p := range h.Peers() {
		if slices.Contains(p.Protocols, proto.ProtoIDv2Hop) && h.contact(p.ID) && !isRelayed(p.Addrs[0]) {
			list = append(list, h.host.Peerstore().PeerInfo(p.ID))
		}
	}
	if len(list) < relaysWanted && h.source != nil && h.reach.known() != network.ReachabilityPublic {
		list = append(list, h.source(ctx, n)...)
	}
	return list[:min(len(list), n)]
}

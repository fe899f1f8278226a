package announce

import (
	"errors"
	"sync"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"
)

// admission bounds what is taken from each peer: its messages a second, and how
// many of its subscriptions are remembered. It is gossipsub's SubscriptionFilter.
type admission struct {
	host   host.Host
	notify network.Notifiee
	limits Limits

	mu    sync.Mutex
	peers map[peer.ID]*allowance
}

// allowance is what one connected peer has used.
type allowance struct {
	messages *rate.Limiter
	topics   map[string]time.Time // and since when it subscribes to each
}

var errTooFast = errors.New("announce: too many messages from this peer")

func newAdmission(h host.Host, l Limits) *admission {
	a := &admission{host: h, limits: l, peers: make(map[peer.ID]*allowance)}
	a.notify = &network.NotifyBundle{DisconnectedF: a.disconnected}
	h.Network().Notify(a.notify)
	return a
}

func (a *admission) close() { a.host.Network().StopNotify(a.notify) }

func (a *admission) disconnected(n network.Network, c network.Conn) {
	p := c.RemotePeer()
	if n.Connectedness(p) == network.Connected {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.peers, p)
}

// of returns a peer's allowance. a.mu is held.
func (a *admission) of(p peer.ID) *allowance {
	l := a.peers[p]
	if l == nil {
		l = &allowance{rate.NewLimiter(rate.Limit(a.limits.PerSecond), a.limits.Burst), make(map[string]time.Time)}
		if a.host.Network().Connectedness(p) == network.Connected { // else it would stay
			a.peers[p] = l
		}
	}
	return l
}

// inspect drops a frame that brings more messages than its sender may send. The
// router calls it before anything is validated.
func (a *admission) inspect(p peer.ID, rpc *pubsub.RPC) error {
	n := len(rpc.GetPublish())
	if n == 0 {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if l := a.of(p).messages; !l.AllowN(time.Now(), n) {
		return errTooFast
	}
	return nil
}

// CanSubscribe implements [pubsub.SubscriptionFilter].
func (a *admission) CanSubscribe(topic string) bool {
	_, err := AccountOf(topic)
	return err == nil
}

// FilterIncomingSubscriptions implements [pubsub.SubscriptionFilter]: of each
// peer, up to [MaxTopics] topics of accounts are remembered. What is beyond is
// not announced to it; it learns of news by comparing heads.
func (a *admission) FilterIncomingSubscriptions(p peer.ID, subs []*pb.RPC_SubOpts) ([]*pb.RPC_SubOpts, error) {
	if len(subs) > MaxTopics {
		return nil, pubsub.ErrTooManySubscriptions
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.of(p)
	return pubsub.FilterSubscriptions(filter(subs, l.take), a.CanSubscribe), nil
}

func filter(subs []*pb.RPC_SubOpts, keep func(*pb.RPC_SubOpts) bool) []*pb.RPC_SubOpts {
	var kept []*pb.RPC_SubOpts
	for _, s := range subs {
		if keep(s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// take counts a subscription or its end, and reports whether it is let through.
func (l *allowance) take(s *pb.RPC_SubOpts) bool {
	name := s.GetTopicid()
	if _, err := AccountOf(name); err != nil {
		return false
	}
	if !s.GetSubscribe() {
		delete(l.topics, name)
		return true
	}
	if _, ok := l.topics[name]; ok {
		return true
	}
	if len(l.topics) >= MaxTopics {
		return false
	}
	l.topics[name] = time.Now()
	return true
}

// newcomers returns the peers that have subscribed to a topic after a moment.
func (a *admission) newcomers(topic string, after time.Time) (peers []peer.ID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for p, l := range a.peers {
		if since, ok := l.topics[topic]; ok && since.After(after) {
			peers = append(peers, p)
		}
	}
	return peers
}

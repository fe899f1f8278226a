package announce

import (
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// newcomer is how long a subscriber is one: three of the router's heartbeats.
const newcomer = 3 * heartbeat

// eager hands messages on to subscribers that gossipsub would leave out. The
// router pushes what others say to its mesh, into which a subscriber comes at the
// next heartbeat, and then gossips about it to those who are not in the mesh by
// now: what passes between a subscription and that heartbeat is lost to the
// subscriber. So newcomers get it at once, and some get it twice.
//
// It also hears from the router how peers behave.
type eager struct {
	unobserved
	self     peer.ID
	router   *pubsub.GossipSubRouter
	admit    *admission
	conducts *conducts
}

// DeliverMessage is called by the router's own goroutine, which alone may use
// its methods. What this node says itself goes to every subscriber anyway.
func (e *eager) DeliverMessage(m *pubsub.Message) {
	if m.ReceivedFrom == e.self {
		return
	}
	e.conducts.brought(m.ReceivedFrom)
	for _, p := range e.admit.newcomers(m.GetTopic(), time.Now().Add(-newcomer)) {
		if p != m.ReceivedFrom {
			e.router.SendControl(p, &pb.ControlMessage{}, m.Message)
		}
	}
}

// RejectMessage may be called by any goroutine.
func (e *eager) RejectMessage(m *pubsub.Message, reason string) {
	if invalidMessage(reason) {
		e.conducts.broke(m.ReceivedFrom)
	}
}

// unobserved is the part of [pubsub.RawTracer] that eager has no use for.
type unobserved struct{}

func (unobserved) OnNewOutboundStream(peer.ID, protocol.ID)             {}
func (unobserved) OnClosedOutboundStream(peer.ID)                       {}
func (unobserved) Join(string)                                          {}
func (unobserved) Leave(string)                                         {}
func (unobserved) Graft(peer.ID, string)                                {}
func (unobserved) Prune(peer.ID, string)                                {}
func (unobserved) ValidateMessage(*pubsub.Message)                      {}
func (unobserved) DuplicateMessage(*pubsub.Message)                     {}
func (unobserved) ThrottlePeer(peer.ID)                                 {}
func (unobserved) RecvRPC(*pubsub.RPC)                                  {}
func (unobserved) SendRPC(*pubsub.RPC, peer.ID)                         {}
func (unobserved) SendRPCCompleted(*pubsub.RPC, peer.ID, time.Duration) {}
func (unobserved) DropRPC(*pubsub.RPC, peer.ID)                         {}
func (unobserved) UndeliverableMessage(*pubsub.Message)                 {}

package announce

import (
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
)

// heartbeat is how often the router looks after the meshes of its topics. It looks
// at every subscriber of every topic, so this is what an idle node with a thousand
// topics spends; gossipsub's default is a second.
const heartbeat = 5 * time.Second

// maxMesh is how many peers of a topic a node pushes to before it sends some away.
// All that it is connected to may be in it, as leaves: followers that have no other
// way to the author than through this node must not have to wait for gossip.
const maxMesh = 64

// meshParams are gossipsub's for many topics of few peers each, on which days may
// pass without a message. A node asks six peers of each topic to push to it. What
// it heard it names to those it does not push to for two heartbeats, and can be
// asked for it during three.
func meshParams() pubsub.GossipSubParams {
	p := pubsub.DefaultGossipSubParams()
	p.HeartbeatInterval = heartbeat
	p.Dhi = maxMesh
	p.HistoryLength, p.HistoryGossip = 3, 2
	p.OpportunisticGraftTicks = uint64(time.Minute / heartbeat)
	p.DirectConnectTicks = uint64(5 * time.Minute / heartbeat)
	return p
}

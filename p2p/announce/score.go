package announce

import (
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
)

// Scores follow gossipsub v1.1, "Peer Scoring", without its topic scores. What
// counts here:
//
//   - an invalid message costs 10 × n² for n of them, which are forgotten over an
//     hour: after three a peer is not listened to any more (graylist);
//   - being the first to bring news earns up to 20, so that good peers stay in
//     the mesh; silence costs nothing, as most accounts are silent mostly; both
//     are counted by [conducts];
//   - breaking the router's rules (grafting too early, promising messages and
//     not sending them) costs beyond six times;
//   - many peers behind one address cost nothing: homes, offices and mobile
//     networks share addresses, and our topics have few peers.
const scoreDecayInterval = 10 * time.Second

func peerScore(c *conducts) *pubsub.PeerScoreParams {
	return &pubsub.PeerScoreParams{
		SkipAtomicValidation:      true,
		AppSpecificScore:          c.score,
		AppSpecificWeight:         1,
		BehaviourPenaltyWeight:    -5,
		BehaviourPenaltyThreshold: 6,
		BehaviourPenaltyDecay:     pubsub.ScoreParameterDecayWithBase(10*time.Minute, scoreDecayInterval, decayToZero),
		DecayInterval:             scoreDecayInterval,
		DecayToZero:               decayToZero,
		RetainScore:               time.Hour,
	}
}

const decayToZero = 0.01

func scoreThresholds() *pubsub.PeerScoreThresholds {
	return &pubsub.PeerScoreThresholds{
		GossipThreshold:             -20,
		PublishThreshold:            -40,
		GraylistThreshold:           -60,
		AcceptPXThreshold:           1000, // never: peers come from package discover
		OpportunisticGraftThreshold: 1,
	}
}

// Package announce spreads new heads, with the blocks that are new under them,
// over gossipsub: one topic an account.
//
// It guarantees that what it hands on was decoded strictly, is signed by the
// account of its topic, was newer than what the node held (or is evidence of a
// fork), and brings no block that the head does not lead to. It does not
// guarantee delivery: an announcement that is lost, too large or dropped is made
// up for by package sync. What is new is decided by a [Judge]; storing is left
// to whoever reads [Announcer.Announcements].
//
// The router is gossipsub v1.2 (libp2p specification, "gossipsub"). Messages
// carry no author, sequence number or signature of a node (StrictNoSign); their
// ID is the SHA-256 of their data.
package announce

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"sync"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"rossgram.app/content"
	"rossgram.app/p2p"
)

// Verdict is how a head compares with what a node holds of its account.
type Verdict uint8

// The verdicts.
const (
	Known Verdict = iota // the same as what is held, or older
	Newer                // of a higher version than what is held
	Fork                 // of the version that is held, but another commit
)

// Judge knows what a node holds. Judge is called for each message that is
// signed rightly, by several goroutines, and should answer from memory.
type Judge interface {
	Judge(h content.Head) Verdict
}

// Announcement is a head that was announced and the blocks that came with it,
// each reachable from the head and checked against its CID. Not all that is new
// under the head need be there.
type Announcement struct {
	Head   content.Head
	Blocks []content.Block
	From   peer.ID // who passed it on, not who made it
}

// Config says how an [Announcer] is made. Verify and Judge are required; what is
// zero has the default that is named.
type Config struct {
	Verify p2p.VerifyHead
	Judge  Judge
	Queue  int // announcements not yet read; 64
	Limits Limits
	Logger *slog.Logger // for the router's own warnings; nil logs nothing
}

// Limits bound what peers can make a node do.
type Limits struct {
	Validations int     // messages validated at a time; 16
	Waiting     int     // messages waiting for that, above which new ones are dropped; 128
	PerSecond   float64 // messages taken from one peer a second; 20
	Burst       int     // messages taken from one peer at once; 256
}

func (c *Config) setDefaults() {
	defaultTo(&c.Queue, 64)
	defaultTo(&c.Limits.Validations, 16)
	defaultTo(&c.Limits.Waiting, 128)
	defaultTo(&c.Limits.PerSecond, 20)
	defaultTo(&c.Limits.Burst, 256)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}

func defaultTo[T int | float64](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// Announcer announces and hears of new heads. It is safe for concurrent use.
type Announcer struct {
	verify  p2p.VerifyHead
	judge   Judge
	router  *pubsub.PubSub
	admit   *admission
	out     chan Announcement
	counts  counts
	cancel  context.CancelFunc
	running sync.WaitGroup // validations

	joining sync.Mutex // held to join and to leave topics, and to close

	// mu guards the rest. Under it the router is not used: it validates, which takes
	// mu, under locks of its own.
	mu     sync.Mutex
	topics map[content.AccountID]*topic
	closed bool
}

// rpcLimit is the most bytes of one gossipsub frame: enough for the list of
// [MaxTopics] topics that peers exchange when they connect.
const rpcLimit = 512 << 10

// New starts gossipsub on a host.
func New(h host.Host, cfg Config) (*Announcer, error) {
	const op = "announce.New"
	if cfg.Verify == nil || cfg.Judge == nil {
		return nil, content.Errorf(op, content.Invalid, "Verify and Judge are required")
	}
	cfg.setDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	a := &Announcer{
		verify: cfg.Verify, judge: cfg.Judge, cancel: cancel,
		admit:  newAdmission(h, cfg.Limits),
		out:    make(chan Announcement, cfg.Queue),
		topics: make(map[content.AccountID]*topic),
	}
	gossip := pubsub.DefaultGossipSubRouter(h)
	conducts := newConducts()
	router, err := pubsub.NewGossipSubWithRouter(ctx, h, gossip, append(a.options(cfg), gossip.WithDefaultTagTracer(),
		pubsub.WithPeerScore(peerScore(conducts), scoreThresholds()),
		pubsub.WithRawTracer(&eager{self: h.ID(), router: gossip, admit: a.admit, conducts: conducts}))...)
	if err != nil {
		cancel()
		a.admit.close()
		return nil, content.E(op, content.Other, err)
	}
	a.router = router
	return a, nil
}

func (a *Announcer) options(cfg Config) []pubsub.Option {
	return []pubsub.Option{
		pubsub.WithGossipSubProtocols([]protocol.ID{pubsub.GossipSubID_v12, pubsub.GossipSubID_v11},
			pubsub.GossipSubDefaultFeatures),
		pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign),
		pubsub.WithNoAuthor(),
		pubsub.WithMessageIdFn(MessageID),
		pubsub.WithMaxMessageSize(rpcLimit),
		pubsub.WithFloodPublish(true), // our own heads go to every subscriber at once
		pubsub.WithGossipSubParams(meshParams()),
		pubsub.WithDefaultValidator(pubsub.ValidatorEx(a.validate), pubsub.WithValidatorTimeout(10*time.Second),
			pubsub.WithValidatorConcurrency(cfg.Limits.Validations)),
		pubsub.WithValidateThrottle(cfg.Limits.Validations),
		pubsub.WithValidateQueueSize(cfg.Limits.Waiting),
		pubsub.WithValidateWorkers(2),
		pubsub.WithSubscriptionFilter(a.admit),
		pubsub.WithAppSpecificRpcInspector(a.admit.inspect),
		pubsub.WithLogger(cfg.Logger),
	}
}

// MessageID names a message by the SHA-256 of its data.
func MessageID(m *pb.Message) string {
	sum := sha256.Sum256(m.GetData())
	return string(sum[:])
}

// Announcements returns the channel on which what was heard arrives, in no
// particular order. When it is full, announcements are dropped and counted:
// the next comparison of heads brings what they said. It is closed by
// [Announcer.Close].
func (a *Announcer) Announcements() <-chan Announcement { return a.out }

// Close leaves all topics, ends the router and closes the channel of
// announcements. The host stays open.
func (a *Announcer) Close() error {
	a.joining.Lock()
	defer a.joining.Unlock()
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return nil
	}
	a.closed = true
	a.mu.Unlock()
	a.cancel()
	a.running.Wait()
	a.admit.close()
	close(a.out)
	return nil
}

// Package mirror lets the owner of an account ask a node to keep the account
// whole, and lets anybody ask a node what it holds of an account: a signed receipt
// for a batch of posts, and samples that cost holding them.
//
// It guarantees that a [Wish] it hands on was signed by the account's writer for
// this very node a moment ago, that a [Receipt] it returns was signed by the node
// that was asked, over what was asked, a moment ago, and that what a peer can make
// the node spend is bounded (see the limits). Whether to keep an account, and what
// to make of a receipt, is left to its caller.
//
// The protocol is [Protocol]; docs/protocol-mirror.md describes its messages.
package mirror

import (
	"context"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"rossgram.app/content"
	"rossgram.app/p2p/internal/wire"
)

// Protocol names the stream protocol.
const Protocol protocol.ID = "/rossgram/mirror/1"

// The protocol's limits, the same for everybody.
const (
	MaxPosts   = 256            // posts in a receipt
	MaxSamples = 8              // blocks sampled at once
	MaxWords   = 200            // characters of a node's words to the asker
	MaxCap     = int64(1) << 50 // bytes wished for
	SaltSize   = 32             // bytes

	maxMessage = 32 << 10 // bytes; a receipt's request has about 15 KB
)

// Work is counted in units: one for each request, one more for each 16 posts in a
// receipt, and 4 more for each block sampled.
const (
	postsAUnit   = 16
	unitsASample = 4
)

// Source is what a node does when it is asked. Its methods are called by several
// goroutines.
type Source interface {
	// Wished takes the wish of an account's owner, which a peer brought. An error
	// of kind Quota is told as busy, one of kind Permission as refused.
	Wished(ctx context.Context, from peer.ID, w Wish) (Answer, error)
	// Changed hears that a peer has decided about an account.
	Changed(ctx context.Context, from peer.ID, account content.AccountID)
	// Holds returns the version of an account that is held, and how much of each
	// post. Kind NotFound if the account is not held.
	Holds(ctx context.Context, account content.AccountID, posts []Post) (content.Version, []Level, error)
	// Block returns a published block, or an error of kind NotFound.
	Block(ctx context.Context, c cid.Cid) ([]byte, error)
}

// State is how a node stands to a wish.
type State string

// The states of a wish.
const (
	Pending  State = "pending"  // its owner has not decided
	Accepted State = "accepted" // the node promises to keep the account whole
	Refused  State = "refused"  // it does not, or not any more
)

// Answer is what a node says to a wish.
type Answer struct {
	State State
	Cap   int64  // bytes it promises, if it accepted
	Used  int64  // bytes of them that the account takes there
	Words string // of the node's owner, perhaps; at most [MaxWords] characters
}

// Config says how a [Speaker] is made. Source and Key are required.
type Config struct {
	Source Source
	Key    crypto.PrivKey // the node's, an Ed25519 key
	Now    func() time.Time
	Limits wire.Limits
}

// Speaker asks peers and answers them. It is safe for concurrent use.
type Speaker struct {
	end    *wire.Endpoint
	host   host.Host
	source Source
	key    crypto.PrivKey
	now    func() time.Time
}

// New starts answering on a host.
func New(h host.Host, cfg Config) (*Speaker, error) {
	if cfg.Source == nil || cfg.Key == nil {
		return nil, content.Errorf("mirror.New", content.Invalid, "Source and Key are required")
	}
	s := &Speaker{host: h, source: cfg.Source, key: cfg.Key, now: cfg.Now}
	if s.now == nil {
		s.now = time.Now
	}
	s.end = wire.New(h, wire.Protocol{ID: Protocol, MaxRequest: maxMessage, Limits: cfg.Limits, Serve: s.serve})
	s.end.Listen()
	return s, nil
}

// Close stops answering, cuts what is under way and waits for it.
func (s *Speaker) Close() error { return s.end.Close() }

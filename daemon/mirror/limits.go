package mirror

import (
	"cmp"
	"fmt"
	"time"
)

// What is remembered. Nothing of it is a stranger's to choose.
const (
	maxAccepted = 64      // accounts kept for others
	maxAsked    = 64      // accounts that wait for a decision, or were refused
	maxOfPeer   = 8       // of those, brought by one peer
	maxWanted   = 16      // nodes asked for one account; what a repository may name
	maxNodes    = 32      // nodes whose receipts are kept for one account
	maxPosts    = 1 << 14 // newest posts of an account of which receipts are kept
	asksAtOnce  = 4       // peers asked at a time
)

// Times.
const (
	ReceiptLife = 14 * 24 * time.Hour // how long a receipt counts
	endFor      = 30 * 24 * time.Hour // how long a node is sought to be told that a mirror ended
	askTimeout  = 30 * time.Second    // for all questions to one peer in a row
	fewAfter    = 10 * time.Minute    // how old a post is before its lacking holders is an event
)

// Enough is how many other nodes should hold a post.
const Enough = 2

// Pace says how often peers are asked. What is zero has the default that is named.
type Pace struct {
	Soon  time.Duration // after a peer came, or a post was made; 10 s. Pauses double from it
	Every time.Duration // pause between questions to a holder that has all; 6 h
}

func (p *Pace) setDefaults() {
	p.Soon = cmp.Or(p.Soon, 10*time.Second)
	p.Every = cmp.Or(p.Every, 6*time.Hour)
}

// Accept says who may have this node as a mirror without its owner's doing.
type Accept string

// The ways to accept.
const (
	AcceptAsk     Accept = "ask"     // nobody: the owner decides
	AcceptFollows Accept = "follows" // accounts that are followed here; of others the owner decides
	AcceptNone    Accept = "none"    // nobody, and the owner is not bothered
)

// UnmarshalText reads one of the ways, as a configuration has it.
func (a *Accept) UnmarshalText(b []byte) error {
	switch v := Accept(b); v {
	case AcceptAsk, AcceptFollows, AcceptNone:
		*a = v
		return nil
	}
	return fmt.Errorf("mirrors are accepted by \"ask\", \"follows\" or \"none\", not %q", b)
}

// Policy is what this node's owner allows.
type Policy struct {
	Accept Accept
	Max    int64 // most bytes for one account, but by the owner's own doing
}

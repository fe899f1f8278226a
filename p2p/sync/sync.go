// Package sync compares heads with a peer and pulls what is new: of up to
// [MaxAccounts] accounts in one exchange which heads are newer, of one account the
// commits, nodes, records and newest files behind a newer head, and files.
//
// It guarantees that every head it returns is of an account that was asked for,
// newer than what was named and signed as it must be, that commits form one
// chain from the one asked for, and that every other block is what its CID says and
// part of what was asked for, before anybody sees it. Its memory does not grow with
// what is pulled. What a peer can make the node spend is bounded
// by [Limits]; a peer that breaks the protocol is cut off with an error. Whom to
// ask and when, and what to do about a newer head, is left to its caller.
//
// The protocol is [Protocol]; docs/protocol-network.md describes its messages.
package sync

import (
	"context"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/protocol"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/wire"
)

// Protocol names the stream protocol.
const Protocol protocol.ID = "/rossgram/sync/1"

// The protocol's limits, the same for everybody.
const (
	MaxAccounts = 4096 // accounts asked about at once
	MaxCommits  = 1000 // commits in one answer
)

// Source is what a node knows and may tell anybody.
type Source interface {
	// Head returns the newest published head held of an account. An account
	// that is not held is an error of kind NotFound.
	Head(ctx context.Context, account content.AccountID) (content.Head, error)
	// Commit returns the block of a commit of an account that was published,
	// or an error of kind NotFound.
	Commit(ctx context.Context, account content.AccountID, commit cid.Cid) (content.Block, error)
	// Block appends the bytes of a published block to b, or returns an error of
	// kind NotFound.
	Block(ctx context.Context, c cid.Cid, b []byte) ([]byte, error)
}

// Limits bound what peers can make a node do. Zero stands for 32 streams served at
// a time, 16 of them with bulk; 8 to one peer, 7 with bulk; 20 units of work a second
// for one peer and 400 at once; and 15 s for a message.
type Limits = wire.Limits

var defaults = Limits{Streams: 32, StreamsPerPeer: 8, PerSecond: 20, Burst: 400, Timeout: 15 * time.Second}

// maxMessage is the most bytes of a message. A request about [MaxAccounts] accounts
// has about 200 KB.
const maxMessage = 256 << 10

// Work is counted in units: one for each request, and one more for each 64
// accounts or commits that are asked for. Bulk costs one; how many streams of it
// there are is what bounds it.
const unit = 64

// Config says how a [Syncer] is made. Source and Verify are required.
type Config struct {
	Source Source
	Verify p2p.VerifyHead
	// FilesOf lists the files of a record that a pull brings ahead of being asked
	// for; nil is none.
	FilesOf func(record []byte) []cid.Cid
	// Witness tells of contradictions; nil knows of none.
	Witness Witness
	Limits  Limits
	// Directory names holders to those who ask; nil names none.
	Directory Directory
	// Sizes knows what accounts come to; nil says nothing of any.
	Sizes Sizer
}

// Syncer asks peers and answers them. It is safe for concurrent use.
type Syncer struct {
	end     *wire.Endpoint
	source  Source
	verify  p2p.VerifyHead
	filesOf func(record []byte) []cid.Cid
	witness Witness
	counts  counts

	directory Directory
	sizes     Sizer
}

// New starts answering on a host.
func New(h host.Host, cfg Config) (*Syncer, error) {
	if cfg.Source == nil || cfg.Verify == nil {
		return nil, content.Errorf("sync.New", content.Invalid, "Source and Verify are required")
	}
	if cfg.FilesOf == nil {
		cfg.FilesOf = func([]byte) []cid.Cid { return nil }
	}
	if cfg.Witness == nil {
		cfg.Witness = nobody{}
	}
	s := &Syncer{
		source: cfg.Source, verify: cfg.Verify, filesOf: cfg.FilesOf, witness: cfg.Witness,
		directory: cfg.Directory, sizes: cfg.Sizes,
	}
	s.end = wire.New(h, wire.Protocol{ID: Protocol, MaxRequest: maxMessage, Limits: cfg.Limits.Or(defaults), Serve: s.serve})
	s.end.Listen()
	return s, nil
}

// Close stops answering, cuts what is under way and waits for it.
func (s *Syncer) Close() error { return s.end.Close() }

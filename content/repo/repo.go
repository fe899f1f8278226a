// Package repo keeps an account's records under signed commits: it makes them,
// verifies them, proves records from them, and tells when two histories of one
// account contradict each other.
//
// A commit names the root of a tree (package mst) and the commit before it, and
// is signed by the writer that the account's certificate names; commit and
// certificate are a head. The format follows atproto's repository (specification
// "Repository", version 3), with the account and the epoch in place of the did.
//
// A [Repo] has one writer behind a bounded queue; readers use the last committed
// head and never wait. A change is handed to the [Journal] before it counts, so
// a head that is seen here is durable. Where blocks are kept, how heads travel
// and what stands in records is left to others.
package repo

import (
	"context"
	"crypto/ed25519"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/mst"
)

// QueueLen is how many calls of [Repo.Apply] may wait for the writer; more of
// them wait to be queued.
const QueueLen = 64

// Source gives the bytes of a block, verified against its CID.
type Source interface {
	Get(ctx context.Context, c cid.Cid) ([]byte, error)
}

// Journal makes changes durable. When Publish returns nil, the change survives
// power loss and its blocks can be had from the repository's [Source]; when it
// returns an error, the repository stays at the head it had.
type Journal interface {
	Publish(ctx context.Context, change *Change) error
}

// Signer signs commits; [keys.WriterKey] is one.
type Signer interface {
	Public() ed25519.PublicKey
	Sign(domain keys.Domain, message []byte) []byte
}

// Config is what a repository is opened with. All fields but Head are needed.
type Config struct {
	Source  Source
	Journal Journal
	// Head is the last published state; the zero Head begins a new repository.
	Head content.Head
	// Certificate is that of Signer. One of a higher epoch than Head's continues
	// on the same tree.
	Certificate content.Certificate
	Signer      Signer
	Now         func() time.Time
}

// Repo is one account's repository, open for writing. Make it with [Open]. It
// is safe for concurrent use.
type Repo struct {
	cfg   Config
	clock *content.TIDClock
	head  atomic.Pointer[content.Head]

	queue   chan *request
	quit    chan struct{} // closed by Close
	stopped chan struct{} // closed by the writer
	once    sync.Once
}

// Open checks that the certificate may continue the head, reads the root of the
// tree, and starts the writer, which [Repo.Close] ends. Kind Permission if
// another certificate is in force.
func Open(ctx context.Context, cfg Config) (*Repo, error) {
	const op = "repo.Open"
	if err := cfg.check(); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	r := &Repo{
		cfg: cfg, clock: content.NewTIDClock(),
		queue: make(chan *request, QueueLen), quit: make(chan struct{}), stopped: make(chan struct{}),
	}
	r.head.Store(&cfg.Head)
	// One key is enough to see that the tree is there.
	err := r.View().tree.Walk(ctx, mst.Span{}, mst.Forward, func(string, cid.Cid) bool { return false })
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	go r.write()
	return r, nil
}

func (c Config) check() error {
	const op = "repo.Config"
	if err := keys.VerifyCertificate(c.Certificate); err != nil {
		return err
	}
	if !c.Signer.Public().Equal(ed25519.PublicKey(c.Certificate.Writer)) {
		return content.Errorf(op, content.Permission, "the certificate is for another writer key")
	}
	if !started(c.Head) {
		return nil
	}
	if err := verify(c.Head); err != nil {
		return err
	}
	if c.Head.Account() != c.Certificate.Account {
		return content.Errorf(op, content.Invalid, "the repository belongs to another account")
	}
	order, err := keys.CompareCertificates(c.Certificate, c.Head.Cert)
	if err != nil {
		return err
	}
	if order < 0 {
		return content.Errorf(op, content.Permission,
			"the account has moved to another machine: this one may not write for it any more")
	}
	return nil
}

// started tells the head of a commit from the zero Head.
func started(h content.Head) bool { return h.Version() != content.Version{} }

// Head returns the last committed state; the zero Head before the first commit.
func (r *Repo) Head() content.Head { return *r.head.Load() }

// View returns read access to the last committed state. It does not change with
// later commits.
func (r *Repo) View() *View { return NewView(r.cfg.Source, r.Head()) }

// Close ends the writer and waits for it. The change it is at is finished; calls
// that wait fail with kind Unavailable.
func (r *Repo) Close() error {
	r.once.Do(func() { close(r.quit) })
	<-r.stopped
	return nil
}

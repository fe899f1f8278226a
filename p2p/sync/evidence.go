package sync

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p/internal/wire"
)

// MaxBranches is how many branches of an account are told of at once.
const MaxBranches = 8

// Evidence is what a node can show of an account whose history contradicts itself,
// or went on in another place than it did there.
type Evidence struct {
	// Fork is evidence of two histories, as encoded by package repo; nil if there
	// is none.
	Fork []byte `cbor:"fork,omitempty"`
	// Branches are encoded heads of histories that the one in force does not lead
	// to and that the account's owner left there.
	Branches [][]byte `cbor:"branches,omitempty"`
}

// Witness knows of accounts whose history contradicts itself, and may tell
// anybody.
type Witness interface {
	// Contradicted reports whether there is evidence of an account. It is called
	// for each account that a peer asks about, and should answer from memory.
	Contradicted(account content.AccountID) bool
	// Evidence returns it; kind NotFound if there is none.
	Evidence(ctx context.Context, account content.AccountID) (Evidence, error)
}

// nobody is a witness of nothing.
type nobody struct{}

func (nobody) Contradicted(content.AccountID) bool { return false }

func (nobody) Evidence(context.Context, content.AccountID) (Evidence, error) {
	return Evidence{}, content.Errorf("sync.Evidence", content.NotFound, "no evidence")
}

// evidenceRequest asks for what is known of one account's contradictions.
type evidenceRequest struct {
	Account []byte `cbor:"account"`
}

func (r *evidenceRequest) work() int { return 1 }

func (r *evidenceRequest) validate() error {
	_, _, err := known{Account: r.Account}.parse()
	return err
}

// The limits of the messages, of which the reader has more: what is inside is
// bounded by package repo.
const (
	maxEvidence = 4 << 10
	maxBranch   = content.MaxHeadSize
)

func (e Evidence) validate() error {
	const op = "sync.evidence"
	if len(e.Fork) > maxEvidence || len(e.Branches) > MaxBranches {
		return content.Errorf(op, content.TooLarge, "evidence over the limit")
	}
	for _, b := range e.Branches {
		if len(b) > maxBranch {
			return content.Errorf(op, content.TooLarge, "the head of a branch is over the limit")
		}
	}
	return nil
}

// Evidence asks a connected peer for what it can show of an account that it named
// in [Answer.Contradicted]. It is bounded, but not verified. Errors are as of
// [Syncer.Heads], and NotFound if the peer has none.
func (s *Syncer) Evidence(ctx context.Context, p peer.ID, account content.AccountID) (Evidence, error) {
	const op = "sync.Evidence"
	var e Evidence
	err := s.end.Ask(ctx, p, request{Evidence: &evidenceRequest{account[:]}}, func(w *wire.Conn) error {
		r, err := readResponse(w)
		if err != nil {
			return err
		}
		if r.Evidence == nil {
			return errUnexpected
		}
		e = *r.Evidence
		return e.validate()
	})
	if err != nil {
		return Evidence{}, content.E(op, content.Other, err)
	}
	return e, nil
}

func (s *Syncer) answerEvidence(ctx context.Context, w *wire.Conn, r evidenceRequest) error {
	e, err := s.witness.Evidence(ctx, content.AccountID(r.Account))
	if content.KindOf(err) == content.NotFound {
		return w.Fail(wire.NotFound)
	}
	if err == nil {
		err = e.validate()
	}
	if err != nil {
		return err
	}
	return w.Write(response{Evidence: &e})
}

// contradictions marks the accounts of a request of which there is evidence; nil
// if there are none, which is the rule.
func (s *Syncer) contradictions(asked []known) bitmap {
	var marks bitmap
	for i, k := range asked {
		if id, _, err := k.parse(); err == nil && s.witness.Contradicted(id) {
			if marks == nil {
				marks = newBitmap(len(asked))
			}
			marks.set(i)
		}
	}
	return marks
}

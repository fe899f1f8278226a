package sync

import (
	"context"
	"errors"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/repo"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/wire"
)

// Known is an account and the version of it that is held; the zero Version if
// none is.
type Known struct {
	Account content.AccountID
	Version content.Version
}

// Answer is what a peer knows about the accounts it was asked about.
type Answer struct {
	Held  []content.AccountID // which of them it holds
	Newer []content.Head      // what is newer than what was named, verified
	Early int                 // heads left out because they are ahead of our clock
	// Until is when the first of these may be asked for again; zero if there are
	// none, or none of which that is known.
	Until time.Time
	// Contradicted are the accounts of which the peer says it has evidence; see
	// [Syncer.Evidence].
	Contradicted []content.AccountID
}

// Heads asks a connected peer what it knows that is newer, of at most
// [MaxAccounts] accounts, none twice. Errors are of kind Unavailable if it could
// not answer (ask again later), NotFound if it does not speak the protocol, and
// Invalid or TooLarge if its answer was wrong: then nothing of it is returned.
func (s *Syncer) Heads(ctx context.Context, p peer.ID, asked []Known) (Answer, error) {
	const op = "sync.Heads"
	if len(asked) > MaxAccounts {
		return Answer{}, content.Errorf(op, content.TooLarge, "too many accounts for one request")
	}
	var answer Answer
	s.counts.heads.Add(1)
	err := s.end.Ask(ctx, p, request{Heads: &headsRequest{knownOf(asked)}}, func(w *wire.Conn) (err error) {
		answer, err = s.readHeads(w, asked)
		return err
	})
	if err != nil {
		return Answer{}, content.E(op, content.Other, err)
	}
	return answer, nil
}

func knownOf(asked []Known) []known {
	ks := make([]known, len(asked))
	for i, k := range asked {
		ks[i] = known{Account: k.Account[:], Epoch: uint64(k.Version.Epoch), Rev: uint64(k.Version.Rev)}
	}
	return ks
}

func readResponse(w *wire.Conn) (response, error) {
	b, err := w.Read(maxMessage)
	if err != nil {
		return response{}, err
	}
	r, err := decodeResponse(b)
	if err == nil && r.Error != nil {
		err = r.Error.Err()
	}
	return r, err
}

var errUnexpected = content.Errorf("sync.read", content.Invalid, "the peer's answer is not one to this request")

func (s *Syncer) readHeads(w *wire.Conn, asked []Known) (Answer, error) {
	r, err := readResponse(w)
	if err != nil {
		return Answer{}, err
	}
	if r.Heads == nil || len(r.Heads.Held) != len(newBitmap(len(asked))) || r.Heads.Newer > uint64(len(asked)) {
		return Answer{}, errUnexpected
	}
	if r.Heads.Forks != nil && len(r.Heads.Forks) != len(r.Heads.Held) {
		return Answer{}, errUnexpected
	}
	held := bitmap(r.Heads.Held)
	var a Answer
	for i, k := range asked {
		if held.has(i) {
			a.Held = append(a.Held, k.Account)
		}
		if r.Heads.Forks != nil && bitmap(r.Heads.Forks).has(i) {
			a.Contradicted = append(a.Contradicted, k.Account)
		}
	}
	for next := uint64(0); r.Heads.Newer > 0; r.Heads.Newer-- {
		if next, err = s.readHead(w, &a, asked, next); err != nil {
			return Answer{}, err
		}
	}
	return a, nil
}

// readHead reads one head, which must be of asked[from] or one behind it, and
// returns the index behind its own.
func (s *Syncer) readHead(w *wire.Conn, a *Answer, asked []Known, from uint64) (uint64, error) {
	r, err := readResponse(w)
	if err != nil {
		return 0, err
	}
	if r.Head == nil || r.Head.Index < from || r.Head.Index >= uint64(len(asked)) {
		return 0, errUnexpected
	}
	head, err := s.check(r.Head.Head, asked[r.Head.Index])
	switch {
	case content.KindOf(err) == content.Unavailable:
		a.early(err)
	case err != nil:
		return 0, err
	default:
		a.Newer = append(a.Newer, head)
	}
	return r.Head.Index + 1, nil
}

// early counts a head that is ahead of our clock.
func (a *Answer) early(err error) {
	a.Early++
	ahead, ok := errors.AsType[*repo.AheadError](err)
	if ok && (a.Until.IsZero() || ahead.Until.Before(a.Until)) {
		a.Until = ahead.Until
	}
}

// check returns a head that a peer sent for what was asked; kind Unavailable if it
// is to be looked at later.
func (s *Syncer) check(raw dagcbor.RawValue, asked Known) (content.Head, error) {
	head, err := p2p.DecodeHead(raw)
	if err != nil {
		return content.Head{}, err
	}
	if head.Account() != asked.Account || head.Version().Compare(asked.Version) <= 0 {
		return content.Head{}, errUnexpected
	}
	return head, s.verify(head, time.Now())
}

// Commits asks a connected peer for an account's commits, newest first, from
// the commit named until one that is not newer than until; that one is the last.
// There are fewer if the peer does not hold them or there are more than
// [MaxCommits]: ask again from the last one's Prev. Each but the first is the one
// before it by its Prev link, so that if the first is of a verified head, the
// others need no verification of their own. Errors are as of [Syncer.Heads], and
// NotFound if the peer does not hold even the first.
func (s *Syncer) Commits(ctx context.Context, p peer.ID, account content.AccountID, from cid.Cid, until content.Version) ([]content.Block, error) {
	const op = "sync.Commits"
	r := commitsRequest{Account: account[:], From: dagcbor.Link{Cid: from}, Epoch: uint64(until.Epoch), Rev: uint64(until.Rev)}
	if err := r.validate(); err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	c := chain{account: account, next: from, until: until}
	s.counts.commits.Add(1)
	if err := s.end.Ask(ctx, p, request{Commits: &r}, c.read); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return c.blocks, nil
}

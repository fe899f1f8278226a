package repo

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// MaxSteps is how many commits [Succeeds] goes back at most.
const MaxSteps = 1 << 14

// Relation is how one head stands to an earlier one of the same account.
type Relation uint8

// The relations of two heads.
const (
	// Unknown: a commit between the two could not be had, or they are over
	// [MaxSteps] apart.
	Unknown Relation = iota
	// Same: the two are one state.
	Same
	// Succession: the newer leads back to the older, or is of a higher epoch.
	Succession
	// Forked: both are signed and neither leads to the other.
	Forked
)

func (r Relation) String() string {
	if names := [...]string{"unknown", "same", "succession", "forked"}; int(r) < len(names) {
		return names[r]
	}
	return "unknown"
}

// Succeeds finds out how newer stands to older, both verified heads of one
// account, newer not below older in [content.Version]. Commits is where the
// commits between them are read. Where they are forked, it returns the
// evidence. A higher epoch succeeds whatever came before: certificates decide
// who writes. A history that contradicts itself is an error of kind Invalid;
// a commit that cannot be had is no error but [Unknown].
func Succeeds(ctx context.Context, commits Source, older, newer content.Head) (Relation, *Fork, error) {
	const op = "repo.Succeeds"
	if older.Account() != newer.Account() || newer.Version().Compare(older.Version()) < 0 {
		return Unknown, nil, content.Errorf(op, content.Invalid, "not a newer head of the same account")
	}
	if newer.Commit.Epoch > older.Commit.Epoch {
		return Succession, nil, nil
	}
	w, err := newWalk(commits, older, newer)
	if err != nil {
		return Unknown, nil, content.E(op, content.Other, err)
	}
	relation, err := w.run(ctx)
	if err != nil {
		return Unknown, nil, content.E(op, content.Other, err)
	}
	if relation != Forked {
		return relation, nil, nil
	}
	f := w.evidence()
	if err := f.Verify(); err != nil {
		return Unknown, nil, content.E(op, content.Other, err)
	}
	return Forked, f, nil
}

// walk goes back from newer towards older.
type walk struct {
	commits Source
	older   content.Head
	goal    cid.Cid // older's commit
	cert    content.Certificate
	at      content.Commit  // above older, or at its version
	atCID   cid.Cid         // at's block
	before  *content.Commit // what comes before at, once it is not above older
}

func newWalk(commits Source, older, newer content.Head) (*walk, error) {
	goal, err := CommitBlock(older.Commit)
	if err != nil {
		return nil, err
	}
	start, err := CommitBlock(newer.Commit)
	if err != nil {
		return nil, err
	}
	return &walk{
		commits: commits, older: older, goal: goal.CID,
		cert: newer.Cert, at: newer.Commit, atCID: start.CID,
	}, nil
}

func (w *walk) run(ctx context.Context) (Relation, error) {
	switch {
	case w.atCID.Equals(w.goal):
		return Same, nil
	case w.at.Rev == w.older.Commit.Rev:
		return Forked, nil
	}
	for range MaxSteps {
		relation, err := w.step(ctx)
		if relation != Unknown || err != nil {
			return relation, err
		}
		if w.atCID == cid.Undef {
			break
		}
	}
	return Unknown, nil
}

// step looks at the commit before. It leaves atCID undefined if that cannot be
// had.
func (w *walk) step(ctx context.Context) (Relation, error) {
	switch {
	case w.at.Prev == nil:
		return Forked, nil
	case w.at.Prev.Equals(w.goal):
		return Succession, nil
	}
	prev, err := readCommit(ctx, w.commits, w.at.Prev.Cid)
	switch content.KindOf(err) {
	case content.NotFound, content.Unavailable:
		w.atCID = cid.Undef
		return Unknown, nil
	}
	if err == nil {
		err = follows(prev, w.at)
	}
	if err != nil {
		return Unknown, err
	}
	if version(prev).Compare(w.older.Version()) <= 0 {
		w.before = &prev
		return Forked, nil
	}
	w.at, w.atCID = prev, w.at.Prev.Cid
	return Unknown, nil
}

func version(c content.Commit) content.Version { return content.Version{Epoch: c.Epoch, Rev: c.Rev} }

func readCommit(ctx context.Context, src Source, c cid.Cid) (content.Commit, error) {
	data, err := src.Get(ctx, c)
	if err != nil {
		return content.Commit{}, err
	}
	if _, err := content.CheckBlock(c, data); err != nil {
		return content.Commit{}, err
	}
	commit, err := DecodeCommit(data)
	if err != nil {
		return content.Commit{}, err
	}
	return commit, checkCommit(commit)
}

// follows reports whether next may name prev as the commit before it.
func follows(prev, next content.Commit) error {
	if prev.Account != next.Account || prev.Epoch > next.Epoch || prev.Rev >= next.Rev {
		return content.Errorf("repo.follows", content.Invalid, "a commit names one before it that is not")
	}
	return nil
}

func (w *walk) evidence() *Fork {
	return &Fork{Earlier: w.older, Later: content.Head{Cert: w.cert, Commit: w.at}, Before: w.before}
}

package follow

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	syncing "rossgram.app/p2p/sync"
)

// readFork takes up the evidence that is kept of an account.
func (k *Keeper) readFork(ctx context.Context, id content.AccountID) error {
	epoch, err := k.readForked(ctx, id)
	if err != nil || epoch == 0 {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forks[id] = epoch
	return nil
}

// Contradicted reports whether there is evidence against the state of an account
// that is held: a fork that no higher epoch has healed, or a branch of an account
// of this node. With [Keeper.Evidence] it is a [syncing.Witness].
func (k *Keeper) Contradicted(id content.AccountID) bool {
	if k.Branches.Holds(id) {
		return true
	}
	k.mu.Lock()
	epoch := k.forks[id]
	k.mu.Unlock()
	return epoch > 0 && epoch >= k.epochOf(id)
}

// epochOf is that of the state held; 0 if none is.
func (k *Keeper) epochOf(id content.AccountID) content.Epoch {
	if h, ours := k.Replica.Hosted(id); ours {
		return h.Head().Commit.Epoch
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if a := k.accounts[id]; a != nil {
		return a.head.Commit.Epoch
	}
	return 0
}

// Evidence returns what there is to show of an account to whoever asks.
func (k *Keeper) Evidence(ctx context.Context, id content.AccountID) (syncing.Evidence, error) {
	const op = "follow.Evidence"
	var e syncing.Evidence
	f, err := k.Fork(ctx, id)
	if err == nil {
		e.Fork, err = f.Encode()
	}
	if err != nil && content.KindOf(err) != content.NotFound {
		return e, content.E(op, content.Other, err)
	}
	heads, err := k.Branches.Heads(ctx, id)
	if err != nil {
		return e, content.E(op, content.Other, err)
	}
	for _, h := range heads[:min(len(heads), syncing.MaxBranches)] {
		b, err := repo.EncodeHead(h)
		if err != nil {
			return e, content.E(op, content.Other, err)
		}
		e.Branches = append(e.Branches, b)
	}
	if e.Fork == nil && len(e.Branches) == 0 {
		return e, content.Errorf(op, content.NotFound, "nothing is known against the account")
	}
	return e, nil
}

// hearEvidence asks a peer for evidence that it says it has, where it would be
// news.
func (k *Keeper) hearEvidence(ctx context.Context, p peer.ID, ids []content.AccountID) {
	for _, id := range ids {
		if !k.lacksEvidence(id) {
			continue
		}
		if err := k.learn(ctx, p, id); err != nil && ctx.Err() == nil {
			k.Log.Debug("evidence about an account could not be had", "account", id, "peer", p, "error", err)
		}
	}
}

// lacksEvidence reports whether evidence about an account would be news: of one's
// own there may always be another branch.
func (k *Keeper) lacksEvidence(id content.AccountID) bool {
	if k.Replica.Owns(id) {
		return true
	}
	epoch := k.epochOf(id)
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.accounts[id] != nil && k.forks[id] < max(epoch, 1)
}

// learn takes what a peer can show of an account, as far as it proves itself.
func (k *Keeper) learn(ctx context.Context, p peer.ID, id content.AccountID) error {
	e, err := k.Sync.Evidence(ctx, p, id)
	if err != nil {
		return err
	}
	if e.Fork != nil {
		f, err := repo.DecodeFork(e.Fork)
		if err != nil {
			return err
		}
		if err := k.convince(ctx, p, id, f); err != nil {
			return err
		}
	}
	for _, b := range e.Branches {
		h, err := repo.DecodeHead(b)
		if err == nil {
			err = repo.VerifyHead(h, time.Now())
		}
		if err != nil {
			return err
		}
		if err := k.takeBranch(ctx, p, id, h); err != nil {
			return err
		}
	}
	return nil
}

// convince takes evidence of a fork from a peer. It may show that another machine
// has the certificate in force.
func (k *Keeper) convince(ctx context.Context, p peer.ID, id content.AccountID, f *repo.Fork) error {
	if f.Earlier.Account() != id {
		return content.Errorf("follow.convince", content.Invalid, "the peer's evidence is of another account")
	}
	if err := k.testify(ctx, f); err != nil {
		return err
	}
	counts, two, err := f.Prevails()
	if h, ours := k.Replica.Hosted(id); err == nil && two && ours {
		k.rival(h, offer{head: counts, from: p, asked: true, toll: new(toll)})
	}
	return err
}

// ForkedAccounts returns the accounts of which there is evidence of a fork, in a
// fixed order.
func (k *Keeper) ForkedAccounts() []content.AccountID {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.SortedFunc(maps.Keys(k.forks), func(a, b content.AccountID) int { return bytes.Compare(a[:], b[:]) })
}

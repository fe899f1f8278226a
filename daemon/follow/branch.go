package follow

import (
	"context"
	"slices"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/branch"
)

// leaveBehind keeps what this machine had of its own account and the offered state
// does not lead to, before that takes its place.
func (h *history) leaveBehind(ctx context.Context, change *repo.Change) error {
	was, own := h.Replica.Retired(h.account.id)
	if !own || !h.account.held() || !sameWriter(h.have, content.Head{Cert: was.Keyring.Certificate()}) || h.leadsBack(ctx) {
		return nil
	}
	var left []repo.Entry
	for _, rc := range change.Records {
		if rc.Old.Defined() && !rc.New.Defined() {
			left = append(left, repo.Entry{Path: rc.Path, CID: rc.Old})
		}
	}
	if err := h.Branches.Keep(ctx, h.have, left); err != nil {
		return err
	}
	if len(left) > 0 {
		h.warn("left-behind", leftBehind)
	}
	return nil
}

const leftBehind = "Some posts were made on one machine and are not known where the account is written now. " +
	"They are kept: rossgram rescue, on the machine that posts for the account, lists them and posts them again."

// leadsBack reports whether the offered head leads to the one held; false too if
// that can't be found out.
func (h *history) leadsBack(ctx context.Context) bool {
	next := prevOf(h.offer.head)
	for range repo.MaxSteps {
		if !next.Defined() || next.Equals(h.account.commit) {
			return next.Defined()
		}
		data, err := h.Get(ctx, next)
		if err != nil {
			return false
		}
		commit, err := repo.DecodeCommit(data)
		if err != nil || (content.Version{Epoch: commit.Epoch, Rev: commit.Rev}).Compare(h.have.Version()) <= 0 {
			return false
		}
		next = prevOf(content.Head{Commit: commit})
	}
	return false
}

// gaveUp reports whether the state held is one that this machine gave up for that
// of a copy of itself.
func (h *history) gaveUp() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.account.gaveUp
}

// hasGivenUp finds that out for an account as it stands in the store.
func (k *Keeper) hasGivenUp(ctx context.Context, id content.AccountID, head content.Head) (bool, error) {
	was, own := k.Replica.Retired(id)
	if !own || !was.Yielded() || head.Commit.Epoch == 0 {
		return false, nil
	}
	standing, err := k.Branches.Knows(ctx, head)
	return standing != branch.New, err
}

// finishYield keeps all of the state held aside, for a copy of this machine to go
// on with what it has, unless that was done before.
func (k *Keeper) finishYield(ctx context.Context, id content.AccountID) error {
	if done, err := k.Branches.Any(ctx, id); err != nil || done {
		return err
	}
	head, err := k.Replica.Head(ctx, id)
	if err != nil {
		return err
	}
	all, err := repo.NewChange(ctx, k.Store, content.Head{}, head)
	if err != nil {
		return err
	}
	return k.Branches.Keep(ctx, head, entriesOf(all))
}

// entriesOf returns the records that a change adds.
func entriesOf(change *repo.Change) []repo.Entry {
	var list []repo.Entry
	for _, rc := range change.Records {
		if rc.New.Defined() && !rc.Old.Defined() {
			list = append(list, repo.Entry{Path: rc.Path, CID: rc.New})
		}
	}
	return list
}

// takeBranch fetches a branch of an account that is written here from the machine
// that it was left on: the tree and the records at once, the photos as far as
// they come.
func (k *Keeper) takeBranch(ctx context.Context, p peer.ID, id content.AccountID, head content.Head) error {
	h, ours := k.Replica.Hosted(id)
	if !ours || head.Account() != id {
		return nil
	}
	standing, err := k.Branches.Knows(ctx, head)
	if err != nil || standing == branch.Dealt {
		return err
	}
	s := k.newStep(newAccount(id), h.Head(), offer{head: head, from: p, toll: new(toll)}, false)
	defer s.release(ctx)
	if standing == branch.New {
		if err := s.fetchBranch(ctx); err != nil {
			return err
		}
		k.warn("left-behind", leftBehind)
	}
	return k.fillBranches(ctx, id)
}

// fetchBranch gets the records that a branch has and the state held has not.
func (s *step) fetchBranch(ctx context.Context) error {
	change, err := repo.NewChange(ctx, s, s.have, s.offer.head)
	if err != nil {
		return err
	}
	if err := s.takeRecords(ctx, change); err != nil {
		return err
	}
	commit, err := repo.CommitBlock(s.offer.head.Commit)
	if err != nil {
		return err
	}
	if err := s.Store.Put(ctx, commit); err != nil {
		return err
	}
	return s.Branches.Keep(ctx, s.offer.head, entriesOf(change))
}

// fillBranches gets the photos of an account's branches. Large files come in two
// turns: the node that names their blocks, then these.
func (k *Keeper) fillBranches(ctx context.Context, id content.AccountID) error {
	for range 3 {
		missing, err := k.Branches.Missing(ctx, id)
		if err != nil || len(missing) == 0 {
			return err
		}
		holders := k.holders(id)
		if len(holders) == 0 {
			return errNobody
		}
		for chunk := range slices.Chunk(missing, recordsAtOnce) {
			if err := k.Exchange.Fetch(ctx, holders, chunk, k.Store); err != nil {
				return err
			}
		}
		if !slices.ContainsFunc(missing, inner) {
			return nil
		}
		if err := k.Branches.Repin(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// inner reports whether a block names others of its file.
func inner(c cid.Cid) bool { return content.Codec(c.Prefix().Codec) == content.DagPB }

// What was left behind is looked for while it may still turn up.
const (
	branchEvery = 20 * time.Second // give or take half of it
	branchFor   = 24 * time.Hour   // after an account was moved here
)

// seekBranches asks those who hold an account that is written here, and was moved
// lately or is forked, for what was left behind: one small question each.
func (k *Keeper) seekBranches(ctx context.Context) {
	for sleep(ctx, jitter(branchEvery)) {
		for _, id := range k.Replica.HostedAccounts() {
			h, ok := k.Replica.Hosted(id)
			if !ok || !k.unsettled(h.Keyring.Certificate()) {
				continue
			}
			holders := k.holders(id)
			for _, p := range holders[:min(askMany, len(holders))] {
				if err := k.learn(ctx, p.ID, id); err != nil && content.KindOf(err) != content.NotFound && ctx.Err() == nil {
					k.Log.Debug("what was left behind can't be asked for", "account", id, "peer", p.ID, "error", err)
				}
			}
		}
	}
}

// unsettled reports whether there may be a branch of an account somewhere.
func (k *Keeper) unsettled(cert content.Certificate) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.forks[cert.Account] >= cert.Epoch || cert.Epoch > 1 && time.Since(time.Unix(cert.Created, 0)) < branchFor
}

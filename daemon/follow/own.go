package follow

import (
	"context"
	"fmt"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/announce"
	syncing "rossgram.app/p2p/sync"
)

// ownAccounts takes up the accounts whose keys this node has: hears of them,
// follows whom they follow, and keeps those that are written elsewhere like any
// that is followed.
func (k *Keeper) ownAccounts(ctx context.Context) error {
	for _, id := range k.Replica.OwnAccounts() {
		if err := k.readFork(ctx, id); err != nil {
			return err
		}
		if k.speaksFor(id) {
			if err := k.host(ctx, id); err != nil {
				return err
			}
		}
		was, moved := k.Replica.Retired(id)
		if !moved {
			continue
		}
		if was.Yielded() {
			if err := k.finishYield(ctx, id); err != nil {
				return err
			}
		}
		if err := k.keepOwn(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// Adopt keeps an account that this node is about to write, or wrote once, like
// one that is followed.
func (k *Keeper) Adopt(ctx context.Context, id content.AccountID) error {
	if err := k.keepOwn(ctx, id); err != nil {
		return content.E("follow.Adopt", content.Other, err)
	}
	return nil
}

// keepOwn has an account of this node kept in its own name.
func (k *Keeper) keepOwn(ctx context.Context, id content.AccountID) error {
	return k.want(ctx, id, func(a *account) { a.viewers[id] = struct{}{} })
}

// ownOnly reports whether nobody but its own machine follows an account.
func (a *account) ownOnly() bool {
	_, own := a.viewers[a.id]
	return own && len(a.viewers) == 1
}

// rival looks at a head that somebody has of an account which is written here.
func (k *Keeper) rival(h *replica.Hosted, o offer) {
	ours, id := h.Head(), h.ID()
	order, err := keys.CompareCertificates(o.head.Cert, h.Keyring.Certificate())
	switch {
	case err != nil:
		return
	case order > 0:
		k.own(func(ctx context.Context) { k.giveWay(ctx, o) })
		return
	case verdict(ours, o.head) == announce.Known:
		return
	}
	k.mu.Lock()
	known := o.head.Version().Compare(k.warned[id]) <= 0
	k.warned[id] = o.head.Version()
	k.mu.Unlock()
	if !known {
		k.own(func(ctx context.Context) { k.inquire(ctx, ours, o) })
	}
}

// giveWay stops writing for an account of which another machine has the
// certificate in force, and follows it from then on.
func (k *Keeper) giveWay(ctx context.Context, o offer) {
	id := o.head.Account()
	if _, writes := k.Replica.Hosted(id); !writes {
		k.offer(o) // another head of the same move was quicker
		return
	}
	if err := k.Replica.Retire(ctx, o.head.Cert); err != nil {
		k.Log.Error("the account was moved to another machine, and this one can't note it: stop it", "account", id, "error", err)
		return
	}
	k.warn("account-moved", fmt.Sprintf("the account %s was moved to another machine: this one does not post for it any more, and follows it", id))
	if err := k.keepOwn(ctx, id); err != nil {
		k.Log.Error("the account that was moved is not kept current", "account", id, "error", err)
		return
	}
	k.offer(o)
}

// Yield stops writing for an account in favour of a copy of this home that goes
// on with the same keys.
func (k *Keeper) Yield(ctx context.Context, id content.AccountID) error {
	const op = "follow.Yield"
	h, err := k.Replica.Writer(id)
	if err != nil {
		return content.E(op, content.Other, err)
	}
	if err := k.Replica.Retire(ctx, h.Keyring.Certificate()); err != nil {
		return content.E(op, content.Other, err)
	}
	if err := k.finishYield(ctx, id); err != nil {
		return content.E(op, content.Other, err)
	}
	if err := k.keepOwn(ctx, id); err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// inquire finds out how another head of a hosted account came to be: the two are
// a fork, or this machine's home was restored from an older copy.
func (k *Keeper) inquire(ctx context.Context, ours content.Head, o offer) {
	id := ours.Account()
	h := &history{step: k.newStep(newAccount(id), ours, o, false), got: make(map[cid.Cid]content.Block)}
	older, newer := ours, o.head
	if newer.Version().Compare(older.Version()) < 0 {
		older, newer = newer, older
	}
	relation, fork, err := repo.Succeeds(ctx, h, older, newer)
	if err == nil && relation == repo.Forked {
		err = k.testify(ctx, fork)
	}
	switch {
	case err != nil && ctx.Err() == nil:
		k.Log.Warn("another state of an account of this node can't be judged", "account", id, "error", err)
	case err == nil && relation != repo.Forked && relation != repo.Same:
		k.warn("account-elsewhere", fmt.Sprintf("others hold a state of your account %s that this machine does not know: it was restored from an older copy, "+
			"or another machine posts with the same key. Don't post from both: move the account with its recovery phrase", id))
	}
}

// speaksFor reports whether an account of this node says whom to follow.
func (k *Keeper) speaksFor(id content.AccountID) bool {
	if _, writes := k.Replica.Hosted(id); writes {
		return true
	}
	was, own := k.Replica.Retired(id)
	return own && !was.Suspended()
}

// Whole reports whether all is here of the newest state of an account that any
// connected peer has told of, and all of them were asked.
func (k *Keeper) Whole(id content.AccountID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.accounts[id]
	return a != nil && a.held() && len(k.asking) == 0 && a.best == nil && !a.whole && !a.files.pending() &&
		!a.chores[repository].busy && !a.chores[files].busy
}

// HasHeard asks a peer whether it holds a head, or something of its epoch. One that
// does not hold the account at all has nothing to hear.
func (k *Keeper) HasHeard(ctx context.Context, p peer.ID, h content.Head) bool {
	before := content.Version{Epoch: h.Commit.Epoch - 1, Rev: 1<<63 - 1}
	answer, err := k.Sync.Heads(ctx, p, []syncing.Known{{Account: h.Account(), Version: before}})
	return err == nil && (len(answer.Held) == 0 || len(answer.Newer) > 0)
}

package follow

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// unfollow ends keeping an account for a viewer; the account is dropped if nobody
// else follows it and it is not mirrored.
func (k *Keeper) unfollow(viewer content.AccountID, key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.accounts[k.keys[key]]
	if a == nil {
		return
	}
	delete(a.viewers, viewer)
	k.dropUnwanted(a)
}

// dropUnwanted begins to drop an account that nobody wants any more. The keeper is
// locked.
func (k *Keeper) dropUnwanted(a *account) {
	if !a.wanted() {
		a.gone = true
		a.cancel()
		k.appeared(a)
	}
}

// drop forgets an account, unless somebody follows it again by now.
func (k *Keeper) drop(ctx context.Context, a *account) error {
	if k.revive(a) {
		return nil
	}
	k.Dialer.Unwant(a.id)
	if err := k.Announce.Unsubscribe(a.id); err != nil {
		return err
	}
	if err := k.clear(ctx, a.id); err != nil {
		return err
	}
	if err := k.forgetMarks(ctx, a.id); err != nil {
		return err
	}
	if k.remove(a) {
		k.seek(a.id)
	}
	return nil
}

// remove ends what is known of an account that was dropped. If it was followed
// again meanwhile, it begins anew.
func (k *Keeper) remove(a *account) (again bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.accounts, a.id)
	delete(k.broken, a.id)
	delete(k.keys, record.FollowKey(a.id))
	viewers, cap, again := a.viewers, a.cap, a.wanted()
	a.stopTimers()
	a.gone, a.viewers, a.cap, a.best, a.whole, a.files = false, nil, 0, nil, false, fileWork{} // nothing is left to do
	a.head, a.commit = content.Head{}, cid.Undef
	if !again {
		return false
	}
	anew := newAccount(a.id)
	anew.viewers, anew.cap = viewers, cap
	k.add(anew)
	return true
}

// clear removes what is held of an account.
func (k *Keeper) clear(ctx context.Context, id content.AccountID) error {
	if err := k.Replica.Drop(ctx, id); err != nil {
		return err
	}
	return k.Forget(ctx, id)
}

// revive goes on with an account that was about to be dropped.
func (k *Keeper) revive(a *account) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !a.wanted() {
		return false
	}
	a.gone = false
	a.ctx, a.cancel = context.WithCancel(k.ctx)
	a.whole = a.held() // what was under way was cut short
	return true
}

// dropLeftovers drops what a crash left of accounts that are not followed any
// more. Only what this package fetched is looked at.
func (k *Keeper) dropLeftovers(ctx context.Context) error {
	ids, err := k.marks(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, ours := k.Replica.Hosted(id); ours {
			continue
		}
		k.mu.Lock()
		if k.accounts[id] == nil {
			a := newAccount(id)
			a.gone = true
			k.add(a)
			k.enqueue(a)
		}
		k.mu.Unlock()
	}
	return nil
}

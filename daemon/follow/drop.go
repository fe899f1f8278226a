package follow

import (
	"context"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// unfollow ends keeping an account for a viewer; the account is dropped if nobody
// else follows it.
func (k *Keeper) unfollow(viewer content.AccountID, key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.accounts[k.keys[key]]
	if a == nil {
		return
	}
	if delete(a.viewers, viewer); len(a.viewers) == 0 {
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
	k.mu.Lock()
	a.stopTimers()
	delete(k.accounts, a.id)
	delete(k.keys, record.FollowKey(a.id))
	again := len(a.viewers) > 0
	if again {
		k.add(&account{id: a.id, began: time.Now(), viewers: a.viewers})
	}
	k.mu.Unlock()
	if again {
		k.seek(a.id)
	}
	return nil
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
	if len(a.viewers) == 0 {
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
			a := &account{id: id, gone: true, began: time.Now(), viewers: make(map[content.AccountID]struct{})}
			k.add(a)
			k.enqueue(a)
		}
		k.mu.Unlock()
	}
	return nil
}

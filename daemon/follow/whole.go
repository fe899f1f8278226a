package follow

import (
	"context"
	"math"

	"rossgram.app/content"
)

// Mirror keeps an account whole from now on, sources too, though nobody here may
// follow it. Unless somebody does, it takes at most about cap bytes: photos beyond
// are not fetched, and once records alone are more, nothing newer is. Doing it again
// changes the cap. An account that is hosted here is whole already.
//
// Which accounts are mirrored is not remembered: say it again before
// [Keeper.Start], or they are dropped.
func (k *Keeper) Mirror(ctx context.Context, id content.AccountID, cap int64) error {
	err := k.want(ctx, id, func(a *account) {
		if a.cap == 0 && a.held() && !a.marked.covers(a.head.Version(), true) {
			a.whole = true // its sources are missing
		}
		a.cap = cap
		k.appeared(a) // it may have waited for room
	})
	if err != nil {
		return content.E("follow.Mirror", content.Other, err)
	}
	return nil
}

// Unmirror ends [Keeper.Mirror]; the account is dropped if nobody follows it.
func (k *Keeper) Unmirror(id content.AccountID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.accounts[id]
	if a == nil || a.cap == 0 {
		return
	}
	a.cap = 0
	k.dropUnwanted(a)
}

// Mirrored reports whether an account is kept whole as a mirror: then nothing of
// it may be evicted.
func (k *Keeper) Mirrored(id content.AccountID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.accounts[id]
	return a != nil && a.cap > 0
}

// MirrorState returns how far an account is that is mirrored; false if it is not.
func (k *Keeper) MirrorState(id content.AccountID) (State, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.accounts[id]
	if a == nil || a.cap == 0 {
		return State{}, false
	}
	return k.stateOf(a), true
}

// wanted reports whether there is a reason to keep an account. The keeper is
// locked.
func (a *account) wanted() bool { return len(a.viewers) > 0 || a.cap > 0 }

// sources reports whether the full-size photos of an account are fetched.
func (k *Keeper) sources(id content.AccountID) bool { return k.Sources || k.Mirrored(id) }

// errFull is the failure of what does not fit a mirror's cap.
var errFull = content.Errorf("follow.roomOf", content.Quota,
	"the account has grown beyond what this mirror promised: accept it with more, or end it")

// roomOf returns how many bytes of an account may be fetched yet.
func (k *Keeper) roomOf(ctx context.Context, a *account) (int64, error) {
	if !k.bounded(a) {
		return math.MaxInt64, nil
	}
	size, err := k.Store.Measure(ctx, a.id)
	if err != nil {
		return 0, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return a.cap - size.Bytes, nil
}

// bounded reports whether an account is kept for others alone, within a cap.
func (k *Keeper) bounded(a *account) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(a.viewers) == 0 && a.cap > 0
}

// gatherNoMore ends a gathering with a job for which there is no room: it waits,
// and is a failure if it is the first.
func (k *Keeper) gatherNoMore(a *account, jobs []job, over job, at int) ([]job, int, error) {
	if len(jobs) == 0 {
		return []job{over}, at, errFull
	}
	k.giveBack(a, []job{over}, at)
	return jobs, at, nil
}

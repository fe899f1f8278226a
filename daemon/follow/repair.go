package follow

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// Repair has damaged blocks fetched again from peers, in the background, and
// returns of how many that can be hoped for. Those of followed accounts are
// dropped at once; those of hosted accounts when a copy has come from somebody
// who follows them.
func (k *Keeper) Repair(ctx context.Context, damage []store.Damage) (refetching int, err error) {
	const op = "follow.Repair"
	var errs []error
	for _, d := range damage {
		hoped, err := k.repair(ctx, d)
		if hoped {
			refetching++
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return refetching, content.E(op, content.Other, err)
	}
	return refetching, nil
}

func (k *Keeper) repair(ctx context.Context, d store.Damage) (hoped bool, err error) {
	for _, p := range d.Pins {
		if _, ours := k.Replica.Hosted(p.Account); ours {
			k.mendLater(p.Account, d.CID)
			hoped = hoped || len(k.Book.Holders(p.Account)) > 0
			continue
		}
		if err := k.lookAgain(ctx, p.Account); err != nil {
			return false, err
		}
		if err := k.Store.Delete(ctx, d.CID); err != nil {
			return false, err
		}
		k.mendLater(p.Account, d.CID) // what was fetched on demand is not looked for otherwise
		hoped = true
	}
	return hoped, nil
}

// lookAgain has an account looked through for what is missing, also if the node
// ends before that is done.
func (k *Keeper) lookAgain(ctx context.Context, id content.AccountID) error {
	if err := k.writeMark(ctx, id, mark{}); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.accounts[id]
	if a == nil || !a.held() {
		return nil
	}
	a.marked, a.whole = mark{}, true
	k.appeared(a)
	return nil
}

// refetch gets the nodes and records of an account that are missing, and then has
// its files and pages looked through.
func (k *Keeper) refetch(ctx context.Context, a *account) error {
	err := k.refill(ctx, a.id)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		a.whole = true
		return err
	}
	a.files.lookAtAll()
	k.enqueue(a)
	return nil
}

func (k *Keeper) refill(ctx context.Context, id content.AccountID) error {
	for {
		var missing []cid.Cid
		err := k.Store.Missing(ctx, id, func(p store.Pin) bool {
			if content.Codec(p.CID.Prefix().Codec) == content.DagCBOR && !k.onPage(ctx, id, p) {
				missing = append(missing, p.CID)
			}
			return len(missing) < recordsAtOnce
		})
		if err != nil || len(missing) == 0 {
			return err
		}
		holders := k.holders(id)
		if len(holders) == 0 {
			return errNobody
		}
		if err := k.Exchange.Fetch(ctx, holders, missing, k.Store); err != nil {
			return err
		}
	}
}

func (k *Keeper) mendLater(id content.AccountID, c cid.Cid) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken[id] == nil {
		k.broken[id] = make(map[cid.Cid]struct{})
	}
	k.broken[id][c] = struct{}{}
	k.mendSoon()
}

func (k *Keeper) mendSoon() {
	select {
	case k.mend <- struct{}{}:
	default: // it will look anyway
	}
}

// mendBroken fetches damaged blocks, when they are found and when somebody appears
// who holds the account.
func (k *Keeper) mendBroken(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.mend:
		}
		k.mu.Lock()
		ids := slices.Collect(maps.Keys(k.broken))
		k.mu.Unlock()
		for _, id := range ids {
			if err := k.mendAccount(ctx, id); err != nil && ctx.Err() == nil {
				k.Log.Warn("damaged blocks wait for somebody who has them", "account", id, "error", err)
			}
		}
	}
}

func (k *Keeper) mendAccount(ctx context.Context, id content.AccountID) error {
	want, err := k.brokenOf(ctx, id)
	if err != nil || len(want) == 0 {
		return err
	}
	holders := k.holders(id)
	if len(holders) == 0 {
		return errNobody
	}
	return k.Exchange.Fetch(ctx, holders, want, mender{k, id})
}

// brokenOf lists the damaged blocks of an account. One that was dropped and is here
// was fetched otherwise.
func (k *Keeper) brokenOf(ctx context.Context, id content.AccountID) (list []cid.Cid, err error) {
	_, ours := k.Replica.Hosted(id)
	k.mu.Lock()
	defer k.mu.Unlock()
	for c := range k.broken[id] {
		here := false
		if !ours {
			if here, err = k.Store.Has(ctx, c); err != nil {
				return nil, err
			}
		}
		if here {
			k.mended(id, c)
		} else {
			list = append(list, c)
		}
	}
	return list, nil
}

// mended forgets a damaged block. The keeper is locked.
func (k *Keeper) mended(id content.AccountID, c cid.Cid) {
	delete(k.broken[id], c)
	if len(k.broken[id]) == 0 {
		delete(k.broken, id)
	}
}

// mender puts blocks into the place of damaged ones.
type mender struct {
	*Keeper
	id content.AccountID
}

// Put implements [exchange.Sink].
func (m mender) Put(ctx context.Context, blocks ...content.Block) error {
	for _, b := range blocks {
		if err := m.Store.Delete(ctx, b.CID); err != nil {
			return err
		}
	}
	if err := m.Store.Put(ctx, blocks...); err != nil {
		return err
	}
	if err := m.Store.Sync(ctx); err != nil {
		return err
	}
	m.tellPages(m.id)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range blocks {
		m.mended(m.id, b.CID)
	}
	return nil
}

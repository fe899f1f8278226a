package daemon

import (
	"context"
	"errors"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/api/rossgram"
)

// VerifyHome reads every block of a home that no daemon runs in. It changes
// nothing. Progress is told after every block.
func VerifyHome(ctx context.Context, home string, progress func(blocks int, bytes int64)) (rossgram.Verified, error) {
	const op = "daemon.VerifyHome"
	if has, err := HasAccount(home); err != nil || !has {
		return rossgram.Verified{}, errors.Join(content.Errorf(op, content.NotFound, "there is no account in "+home), err)
	}
	cfg, err := LoadConfig(home)
	if err != nil {
		return rossgram.Verified{}, content.E(op, content.Other, err)
	}
	st, err := store.Open(ctx, home, cfg.storeOptions())
	if err != nil {
		return rossgram.Verified{}, content.E(op, content.Other, err)
	}
	v, _, err := verifyStore(ctx, st, func(v store.Verified) { progress(v.Blocks, v.Bytes) })
	if err = errors.Join(err, st.Close()); err != nil {
		return v, content.E(op, content.Other, err)
	}
	return v, nil
}

// verify reads every block and has what is damaged fetched again from peers.
func (n *Node) verify(ctx context.Context) (rossgram.Verified, error) {
	const op = "daemon.Verify"
	v, damage, err := verifyStore(ctx, n.store, nil)
	if err != nil && len(damage) == 0 {
		return v, content.E(op, content.Other, err)
	}
	refetching, repairErr := n.follow.Repair(ctx, damage)
	v.Refetching = refetching
	if err = errors.Join(err, repairErr); err != nil {
		return v, content.E(op, content.Other, err)
	}
	return v, nil
}

func verifyStore(ctx context.Context, st *store.Store, progress func(store.Verified)) (rossgram.Verified, []store.Damage, error) {
	var damage []store.Damage
	report, err := st.Verify(ctx, func(d store.Damage) error {
		damage = append(damage, d)
		return nil
	}, progress)
	v := rossgram.Verified{Blocks: report.Blocks, Bytes: report.Bytes}
	for _, d := range damage {
		v.Damaged = append(v.Damaged, rossgram.Damaged{CID: d.CID.String(), Accounts: accountsOf(d)})
	}
	return v, damage, err
}

func accountsOf(d store.Damage) []content.AccountID {
	var list []content.AccountID
	for _, p := range d.Pins {
		if !slices.Contains(list, p.Account) {
			list = append(list, p.Account)
		}
	}
	return list
}

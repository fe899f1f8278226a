package daemon

import (
	"context"
	"errors"
	"slices"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// Verified is what reading every block of a home showed.
type Verified struct {
	Blocks     int
	Bytes      int64
	Damaged    []Damaged
	Refetching int // of the damaged, those that are being fetched from peers again
}

// Damaged is a block whose bytes are not what its CID names, and whose it is.
type Damaged struct {
	CID      cid.Cid
	Accounts []content.AccountID
}

// VerifyHome reads every block of a home that no daemon runs in. It changes
// nothing. Progress is told after every block.
func VerifyHome(ctx context.Context, home string, progress func(blocks int, bytes int64)) (Verified, error) {
	const op = "daemon.VerifyHome"
	if has, err := HasAccount(home); err != nil || !has {
		return Verified{}, errors.Join(content.Errorf(op, content.NotFound, "there is no account in "+home), err)
	}
	st, err := store.Open(ctx, home, store.Options{})
	if err != nil {
		return Verified{}, content.E(op, content.Other, err)
	}
	v, _, err := verify(ctx, st, func(v store.Verified) { progress(v.Blocks, v.Bytes) })
	if err = errors.Join(err, st.Close()); err != nil {
		return v, content.E(op, content.Other, err)
	}
	return v, nil
}

// Verify reads every block and has what is damaged fetched again from peers.
func (n *Node) Verify(ctx context.Context) (Verified, error) {
	const op = "daemon.Verify"
	v, damage, err := verify(ctx, n.store, nil)
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

func verify(ctx context.Context, st *store.Store, progress func(store.Verified)) (Verified, []store.Damage, error) {
	var damage []store.Damage
	report, err := st.Verify(ctx, func(d store.Damage) error {
		damage = append(damage, d)
		return nil
	}, progress)
	v := Verified{Blocks: report.Blocks, Bytes: report.Bytes}
	for _, d := range damage {
		v.Damaged = append(v.Damaged, Damaged{d.CID, accountsOf(d)})
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

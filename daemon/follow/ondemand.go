package follow

import (
	"context"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
)

// FetchFile sees to it that a file is here whole, and stays: it is fetched from
// holders of the accounts whose records refer to it. Kind NotFound if nothing
// that is published here refers to it, kind Unavailable if nobody gives it before
// ctx ends, or the day's traffic is used up.
func (k *Keeper) FetchFile(ctx context.Context, root cid.Cid) error {
	const op = "follow.FetchFile"
	if !k.enter() {
		return content.Errorf(op, content.Unavailable, "the node is closing")
	}
	defer k.owned.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(k.ctx, cancel)()
	pins, err := k.Store.Pinners(ctx, root)
	if err == nil {
		err = k.mayFetch(ctx, root)
	}
	if err == nil {
		err = k.fetchAll(ctx, k.anyHolders(pins), []cid.Cid{root}, &album{Keeper: k})
	}
	for _, p := range pins {
		if err == nil && p.Referrer != "" && content.Codec(root.Prefix().Codec) == content.DagPB {
			err = k.Replica.PinFiles(ctx, p.Account, []replica.Reference{{Root: root, By: p.Referrer}})
		}
	}
	if err == nil {
		err = k.Budget.Needed(ctx, root, pins)
	}
	if err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// mayFetch reports whether a file is here or traffic allows that it is fetched.
func (k *Keeper) mayFetch(ctx context.Context, root cid.Cid) error {
	missing, err := k.missingBelow(ctx, []cid.Cid{root})
	if err == nil && len(missing) > 0 {
		err = k.Budget.Ready()
	}
	return err
}

// anyHolders returns who may have what several accounts pin: connected peers, or
// if there are none, all that are known, to be dialled.
func (k *Keeper) anyHolders(pins []store.PinnedBy) []peer.AddrInfo {
	seen := make(map[content.AccountID]bool)
	var there, known []peer.AddrInfo
	for _, p := range pins {
		if !seen[p.Account] {
			seen[p.Account] = true
			there = append(there, k.holders(p.Account)...)
			known = append(known, k.Book.Holders(p.Account)...)
		}
	}
	if len(there) > 0 {
		return there
	}
	return known
}

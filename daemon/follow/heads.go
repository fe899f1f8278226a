package follow

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/p2p/announce"
)

// offer is a verified head that somebody has, with what came along.
type offer struct {
	head   content.Head
	blocks []content.Block
	from   peer.ID
	asked  bool // learnt by asking, so that others may not have heard of it
	toll   *toll
}

// toll is what the records of an offer have cost, over all attempts.
type toll struct{ bytes, links atomic.Int64 }

// listen offers what is announced to the accounts it is of.
func (k *Keeper) listen(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case n, open := <-k.Announce.Announcements():
			if !open {
				return
			}
			o := offer{head: n.Head, blocks: n.Blocks, from: n.From, toll: new(toll)}
			done := k.quick(o)
			k.heard(ctx, n.From, n.Head.Account())
			if !done {
				k.offer(o)
			}
		}
	}
}

// heard notes who passed on an announcement: it has the account, or will soon.
func (k *Keeper) heard(ctx context.Context, p peer.ID, id content.AccountID) {
	if err := k.Book.Holds(ctx, p, []content.AccountID{id}, nil); err != nil {
		k.Log.Warn("who holds an account is not remembered", "error", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if a := k.accounts[id]; a != nil {
		a.state.LastContact = time.Now().UTC()
		k.tell(a)
	}
}

// offer gives an account a head to advance to.
func (k *Keeper) offer(o offer) {
	if h, ours := k.Replica.Hosted(o.head.Account()); ours {
		k.rival(h, o)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.accounts[o.head.Account()]
	if a == nil || a.gone || !a.wants(o.head) {
		return
	}
	a.chores[repository].resume() // what could not be had was another head
	o.join(a.best)
	a.best = &o
	k.enqueue(a)
	k.tell(a)
}

// wants reports whether a head is worth a look: above what is held and what is
// pending, or another one of the version that is held. Where the pending one could
// not be had, any that is above what is held is: an author must not be able to
// keep others from serving what went before.
func (a *account) wants(h content.Head) bool {
	v := h.Version()
	pending := a.best
	if pending != nil && a.chores[repository].paused && pending.head.Version() != v {
		pending = nil
	}
	switch {
	case v == a.refused, pending != nil && v.Compare(pending.head.Version()) <= 0:
		return false
	case a.gaveUp:
		return !sameCommit(a.head, h)
	case v == a.head.Version():
		return a.forked != v.Epoch && verdict(a.head, h) == announce.Fork
	}
	return v.Compare(a.head.Version()) > 0
}

// join takes over what came with an offer that this one replaces, so that a few
// posts in a row need no round trip.
func (o *offer) join(before *offer) {
	if before == nil {
		return
	}
	commit, err := repo.CommitBlock(before.head.Commit)
	if err != nil {
		return
	}
	size := 0
	for _, b := range before.blocks {
		size += len(b.Data)
	}
	if size < maxInline {
		o.blocks = append(append(before.blocks[:len(before.blocks):len(before.blocks)], commit), o.blocks...)
	}
}

// Judge says how a head compares with what is held; see [announce.Judge]. It
// answers from memory.
func (k *Keeper) Judge(h content.Head) announce.Verdict {
	if ours, ok := k.Replica.Hosted(h.Account()); ok {
		return verdict(ours.Head(), h)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.accounts[h.Account()]
	if a == nil {
		return announce.Known // not followed any more
	}
	return verdict(a.head, h)
}

func verdict(held, h content.Head) announce.Verdict {
	switch h.Version().Compare(held.Version()) {
	case 1:
		return announce.Newer
	case 0:
		if !sameCommit(held, h) {
			return announce.Fork
		}
	}
	return announce.Known
}

func sameCommit(a, b content.Head) bool {
	x, err := repo.CommitBlock(a.Commit)
	if err != nil {
		return false
	}
	y, err := repo.CommitBlock(b.Commit)
	return err == nil && x.CID.Equals(y.CID)
}

// prevOf returns the commit before a head's; undefined if it is the first.
func prevOf(h content.Head) cid.Cid {
	if h.Commit.Prev == nil {
		return cid.Undef
	}
	return h.Commit.Prev.Cid
}

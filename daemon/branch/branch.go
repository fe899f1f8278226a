// Package branch keeps what was left behind of an account of this node: a history
// that it had and that the one in force does not lead to, because the account was
// moved before the last posts were known there, or because its home was copied
// and both copies were written.
//
// It guarantees that records and photos of such a branch stay here, and can be
// had by the owner's other machines, until the owner has posted them again or
// given them up; that survives a restart, and a crash at any moment. That
// something was left behind is found out by package follow, and posting again is
// a commit like any other.
package branch

import (
	"context"
	"sync"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
)

// MaxBranches is how many branches of one account are kept at a time. Further ones
// wait until one of these is dealt with.
const MaxBranches = 8

// What is remembered, in the store's precious state, of an account (32 bytes) and
// a branch (the SHA-256 of its commit, 32 bytes):
//
//	"b" account branch           → head    what is left behind of it is all noted
//	"l" account branch path      → CID     a record that was left behind
//	"d" account branch           → nothing the branch was dealt with
const (
	tagBranch = 'b'
	tagLeft   = 'l'
	tagDealt  = 'd'
)

// Shelf keeps branches. Make it with [Open]. It is safe for concurrent use.
type Shelf struct {
	store   *store.Store
	replica *replica.Replica
	room    *store.KV

	mu   sync.Mutex
	kept map[content.AccountID]int // branches that are not dealt with
}

// Open returns the shelf of a store.
func Open(ctx context.Context, st *store.Store, r *replica.Replica) (*Shelf, error) {
	s := &Shelf{store: st, replica: r, room: st.State().Bucket("branch/"), kept: make(map[content.AccountID]int)}
	err := s.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: []byte{tagBranch}, KeysOnly: true}, func(k, _ []byte) bool {
			s.kept[content.AccountID(k[1:33])]++
			return true
		})
	})
	if err != nil {
		return nil, content.E("branch.Open", content.Other, err)
	}
	return s, nil
}

// Holds reports whether something of an account was left behind and is not dealt
// with. It answers from memory.
func (s *Shelf) Holds(account content.AccountID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[account] > 0
}

// Keep takes a branch in: its head, which is verified, and the records that were
// left behind of it. The branch's tree and these records are here, their files
// need not be. A branch that was dealt with, or without records, is not taken.
// Keeping again pins what has come since. Kind Quota if there are
// [MaxBranches] already.
func (s *Shelf) Keep(ctx context.Context, head content.Head, left []repo.Entry) error {
	const op = "branch.Keep"
	name, err := nameOf(head)
	if err != nil {
		return content.E(op, content.Other, err)
	}
	known, err := s.Knows(ctx, head)
	switch {
	case err != nil:
		return content.E(op, content.Other, err)
	case known == Dealt || len(left) == 0:
		return nil
	case known == New && s.count(head.Account()) >= MaxBranches:
		return content.Errorf(op, content.Quota, "too many branches were left behind: deal with those that rossgram rescue lists first")
	}
	if err := s.pin(ctx, name, head, left); err != nil {
		return content.E(op, content.Other, err)
	}
	if known == New {
		err = s.note(ctx, name, head, left)
	}
	if err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

func (s *Shelf) count(account content.AccountID) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[account]
}

// note makes durable what was left behind, the head last.
func (s *Shelf) note(ctx context.Context, name branchName, head content.Head, left []repo.Entry) error {
	if err := s.store.Sync(ctx); err != nil {
		return err
	}
	b := s.room.Batch(ctx)
	defer b.Discard()
	for _, e := range left {
		if err := b.Set(append(name.key(tagLeft), e.Path...), e.CID.Bytes()); err != nil {
			return err
		}
	}
	if err := b.Flush(); err != nil {
		return err
	}
	encoded, err := repo.EncodeHead(head)
	if err != nil {
		return err
	}
	if err := s.room.Update(ctx, func(tx *store.Tx) error { return tx.Set(name.key(tagBranch), encoded) }); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[name.account]++
	return nil
}

// pin keeps a branch's tree, whole, so that others can be shown what it is, and
// the records that were left behind with their files as far as they are here.
func (s *Shelf) pin(ctx context.Context, name branchName, head content.Head, left []repo.Entry) error {
	whole, err := repo.NewChange(ctx, s.store, content.Head{}, head)
	if err != nil {
		return err
	}
	var pins []store.Pin
	pin := func(cs ...cid.Cid) {
		for _, c := range cs {
			pins = append(pins, store.Pin{CID: c, Referrer: name.referrer()})
		}
	}
	pin(whole.Nodes...)
	for _, e := range left {
		pin(e.CID)
		files, err := s.blocksOf(ctx, e.CID)
		if err != nil {
			return err
		}
		pin(files...)
	}
	return s.store.Pin(ctx, name.account, pins)
}

// branchName names a branch by its commit.
type branchName struct {
	account content.AccountID
	commit  cid.Cid
}

func nameOf(head content.Head) (branchName, error) {
	b, err := repo.CommitBlock(head.Commit)
	return branchName{head.Account(), b.CID}, err
}

func (n branchName) key(tag byte) []byte {
	h := n.commit.Hash()
	return append(append([]byte{tag}, n.account[:]...), h[len(h)-32:]...)
}

// referrer is what a branch's pins are made under: no record of the account is
// ever there.
func (n branchName) referrer() content.Path {
	return content.NewPath("app.rossgram.branch", n.commit.String())
}

// Repin pins what has come of an account's branches since they were kept.
func (s *Shelf) Repin(ctx context.Context, account content.AccountID) error {
	const op = "branch.Repin"
	heads, err := s.Heads(ctx, account)
	if err != nil {
		return content.E(op, content.Other, err)
	}
	for _, h := range heads {
		left, err := s.noted(ctx, h)
		if err == nil {
			err = s.Keep(ctx, h, left)
		}
		if err != nil {
			return content.E(op, content.Other, err)
		}
	}
	return nil
}

package reception

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
)

// tallyName is the likes, or the reblogs, of one post.
type tallyName struct {
	post postName
	kind content.Collection
}

func ledgerKey(post postName, kind content.Collection, actor content.AccountID) []byte {
	return append(ledgerPrefix(post, kind), actor[:]...)
}

func ledgerPrefix(post postName, kind content.Collection) []byte {
	letter := byte('l')
	if kind == content.CollectionReblog {
		letter = 'r'
	}
	return post.key(tagLedger, []byte{letter})
}

const cidLen = 36

// Ledger returns all likes (app.rossgram.like) or reblogs (app.rossgram.reblog) that
// count for a post, and whose they are, the newest first, at most [record.MaxNewest].
// It is what the next tally is made of; the published one may be some seconds older.
func (r *Reception) Ledger(ctx context.Context, account content.AccountID, post content.TID, kind content.Collection) (*record.Ledger, []content.AccountID, error) {
	const op = "reception.Ledger"
	var list []record.Response
	var newest latest
	prefix := ledgerPrefix(postName{account, post}, kind)
	err := r.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: prefix}, func(k, v []byte) bool {
			if len(v) != cidLen+8 || len(k) != len(prefix)+32 {
				return true
			}
			c, err := cid.Cast(v[:cidLen])
			if err == nil {
				who := content.AccountID(k[len(prefix):])
				list = append(list, record.Response{Account: who, Record: c})
				newest.add(numberOf(v[cidLen:]), who)
			}
			return true
		})
	})
	if err != nil {
		return nil, nil, content.E(op, content.Other, err)
	}
	l, err := record.NewLedger(list)
	if err != nil {
		return nil, nil, content.E(op, content.Other, err)
	}
	return l, newest.accounts(), nil
}

// latest is some responses with the highest seqs among all that were added.
type latest struct{ list []dated }

type dated struct {
	seq uint64
	who content.AccountID
}

// add keeps up to twice as many as are wanted, so that sorting is rare.
func (l *latest) add(seq uint64, who content.AccountID) {
	l.list = append(l.list, dated{seq, who})
	if len(l.list) == 2*record.MaxNewest {
		l.trim()
	}
}

func (l *latest) trim() {
	slices.SortFunc(l.list, func(a, b dated) int { return cmp.Compare(b.seq, a.seq) })
	l.list = l.list[:min(len(l.list), record.MaxNewest)]
}

func (l *latest) accounts() []content.AccountID {
	l.trim()
	ids := make([]content.AccountID, len(l.list))
	for i, d := range l.list {
		ids[i] = d.who
	}
	return ids
}

// count returns the tally of a post as it is now, and false if it was counted not long
// ago for what it costs.
func (r *Reception) count(ctx context.Context, name tallyName) (*record.Tally, bool, error) {
	began := time.Now()
	if began.Before(r.due[name]) {
		return nil, false, nil
	}
	l, newest, err := r.Ledger(ctx, name.post.account, name.post.tid, name.kind)
	if err != nil {
		return nil, false, err
	}
	t := l.Tally(newest)
	if cost := time.Since(began); countShare*cost > r.Pace.Gap {
		r.due[name] = began.Add(countShare * cost)
	} else {
		delete(r.due, name)
	}
	return t, true, nil
}

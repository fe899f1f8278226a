// Package index derives from repositories what user interfaces ask for:
// timelines, lookups by id and by name, who follows whom, likes and reblogs, the
// conversations under posts, notifications, and counts.
//
// Everything in it can be thrown away: what it holds for an account is a
// function of the account's records, the pages of comments that are here and its
// rev, of which viewers the node hosts, and of what is kept with the precious
// state: the few status ids that had to move (see [StatusID]), and when each
// notification came (note.go). Building it anew gives the same bytes in
// whatever order accounts, records and pages come.
//
// What a post's author lists under it is the author's word, but for two things: a
// comment is entered only if its own author signed it, and [Index.Thread] leaves
// out what is known to be deleted. How many liked a post is the author's to say,
// once they have said anything.
//
// It records which version of each account it has seen. A start after a crash
// compares [Index.Versions] with the heads held, brings an account up with
// [Index.Replace], and ends with [Index.Forget] what is not held any more.
//
// A record it can't read is passed over and counted, because its author must
// not be able to stop it. It does not decide who may see what, and fetches
// nothing: records come from a [RecordSource].
package index

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// RecordSource gives the bytes of a record's block, verified against its CID.
type RecordSource interface {
	Get(ctx context.Context, c cid.Cid) ([]byte, error)
}

// Index is the derived views of one node. Make it with [Open]. It is safe for
// concurrent use; readers never wait for writers.
type Index struct {
	kv      *store.KV // disposable
	state   *store.KV // precious: ids that moved, and when notifications came
	records *recordCache
	counts  countCache
	viewers []content.AccountID
	step    int // changes, or posts walked through, in one transaction
	now     func() time.Time

	maxNotes int
	noted    map[content.AccountID]int // notes of each viewer; changed as homes are

	turns   turns
	writing sync.Mutex // one step at a time: ids are chosen and homes filled under it
	skipped atomic.Uint64
}

// Open opens the index kept in kv, a room of the disposable database; state is a
// room of the precious one. Viewers are the accounts of this node, which have
// home timelines; a viewer that is new gets one from what is indexed already.
//
// An index of another format is emptied, which [Index.Versions] shows.
func Open(ctx context.Context, kv, state *store.KV, src RecordSource, viewers []content.AccountID) (*Index, error) {
	const op = "index.Open"
	ix := &Index{
		kv: kv, state: state, viewers: slices.Clone(viewers),
		records: newRecordCache(src, cacheBytes),
		now:     time.Now, maxNotes: MaxNotifications,
		// A reblog takes nine keys, and for each viewer a home and a notification, and
		// as many are deleted of its version before: 2.5 KB. 2,000 keys, of the 6,000
		// and 600 KiB that a transaction takes, leave room for that, counts and names.
		step: max(1, 2000/(10+2*len(viewers))),
	}
	if err := ix.countNotes(ctx); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if err := ix.checkFormat(ctx); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if err := ix.hostViewers(ctx); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return ix, nil
}

// checkFormat empties an index that another version of the program wrote.
func (ix *Index) checkFormat(ctx context.Context) error {
	b, err := ix.kv.Get(ctx, formatKey)
	if err == nil && string(b) == format {
		return nil
	}
	if err != nil && content.KindOf(err) != content.NotFound {
		return err
	}
	return ix.clear(ctx)
}

// clear empties the room and writes the format again.
func (ix *Index) clear(ctx context.Context) error {
	defer ix.counts.dropAll()
	if err := ix.kv.DropAll(ctx); err != nil {
		return err
	}
	return ix.kv.Update(ctx, func(tx *store.Tx) error { return tx.Set(formatKey, []byte(format)) })
}

// Reset empties the index, for building it anew with [Index.Apply] from the
// records of every account. It waits for those that are being entered.
func (ix *Index) Reset(ctx context.Context) error {
	const op = "index.Reset"
	ix.turns.emptying.Lock()
	defer ix.turns.emptying.Unlock()
	if err := ix.clear(ctx); err != nil {
		return content.E(op, content.Other, err)
	}
	if err := ix.hostViewers(ctx); err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// Skipped returns how many records were passed over since the index was opened,
// because they could not be read or were not what their path says.
func (ix *Index) Skipped() uint64 { return ix.skipped.Load() }

func (ix *Index) views(account content.AccountID) bool { return slices.Contains(ix.viewers, account) }

package follow

import (
	"context"
	"math"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
)

// Budget decides how much of the accounts followed is fetched without anybody
// asking for it, and when. It is safe for concurrent use, and asks nothing of the
// keeper but [Keeper.LookAgain].
type Budget interface {
	// Plan decides anew about an account whose records are all about to be looked
	// through.
	Plan(ctx context.Context, id content.AccountID) error
	// Wanted returns which files of a record are to be here.
	Wanted(id content.AccountID, path content.Path, rec record.Record) []record.File
	// Ahead returns the most bytes of files that may come along with the records of
	// an account that is not planned yet.
	Ahead(ctx context.Context, id content.AccountID) int64
	// Grew hears of files of new records that will be fetched.
	Grew(id content.AccountID, files []record.File)
	// Remaining returns how many bytes of files may be fetched today.
	Remaining() int64
	// Ready returns an error while no files may be fetched.
	Ready() error
	// Needed hears that somebody asked for a file, which is here now, and what
	// pins it.
	Needed(ctx context.Context, file cid.Cid, pins []store.PinnedBy) error
	// Metered says that Wanted leaves files out for the time being, so that an
	// account of which all is here is not complete.
	Metered() bool
}

// LookAgain has a followed account looked through for what is missing, in the
// background, also if the node ends before that is done.
func (k *Keeper) LookAgain(ctx context.Context, id content.AccountID) error {
	if err := k.lookAgain(ctx, id); err != nil {
		return content.E("follow.LookAgain", content.Other, err)
	}
	return nil
}

// noBudget has everything fetched, with or without sources.
type noBudget struct{ *Keeper }

func (n noBudget) Wanted(id content.AccountID, _ content.Path, rec record.Record) []record.File {
	all := record.Files(rec)
	if n.sources(id) {
		return all
	}
	return all[:len(all)-len(record.Sources(rec))] // sources come last
}

func (noBudget) Plan(context.Context, content.AccountID) error           { return nil }
func (noBudget) Ahead(context.Context, content.AccountID) int64          { return math.MaxInt64 }
func (noBudget) Remaining() int64                                        { return math.MaxInt64 }
func (noBudget) Grew(content.AccountID, []record.File)                   {}
func (noBudget) Ready() error                                            { return nil }
func (noBudget) Needed(context.Context, cid.Cid, []store.PinnedBy) error { return nil }
func (noBudget) Metered() bool                                           { return false }

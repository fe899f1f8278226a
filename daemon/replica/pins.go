package replica

import (
	"context"
	"slices"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/content/unixfs"
)

// publication works out what a step pins and unpins.
func (r *Replica) publication(ctx context.Context, change *repo.Change) (store.Publication, error) {
	const op = "replica.publication"
	encoded, err := repo.EncodeHead(change.Head)
	if err != nil {
		return store.Publication{}, content.E(op, content.Invalid, err)
	}
	p := store.Publication{
		Account: change.Head.Account(), Version: change.Head.Version(), Head: encoded,
		Instead: change.Head.Version().Compare(change.Prev.Version()) <= 0,
		Blocks:  change.Blocks, UnpinNodes: change.Dropped,
	}
	for _, c := range change.Nodes {
		p.Pin = append(p.Pin, store.Pin{CID: c})
	}
	inline := make(map[cid.Cid][]byte, len(change.Blocks))
	for _, b := range change.Blocks {
		inline[b.CID] = b.Data
	}
	for _, rc := range change.Records {
		if rc.Old.Defined() {
			p.UnpinRecords = append(p.UnpinRecords, rc.Path)
		}
		if !rc.New.Defined() {
			continue
		}
		pins, err := r.recordPins(ctx, rc, inline[rc.New])
		if err != nil {
			return store.Publication{}, content.E(op, content.Other, err)
		}
		p.Pin = append(p.Pin, pins...)
	}
	return p, nil
}

// recordPins returns the pins of a record and of what it refers to: files, pages. A record that does not
// decode is pinned alone: it belongs to the tree, but refers to nothing.
func (r *Replica) recordPins(ctx context.Context, rc repo.RecordChange, data []byte) ([]store.Pin, error) {
	pins := []store.Pin{{CID: rc.New, Referrer: rc.Path}}
	if data == nil {
		var err error
		if data, err = r.store.Get(ctx, rc.New); err != nil {
			return nil, err
		}
	}
	rec, err := record.Decode(data)
	if err != nil {
		return pins, nil
	}
	for _, root := range record.References(rec) {
		files, err := r.filePins(ctx, root, rc.Path)
		if content.KindOf(err) == content.TooLarge {
			continue // nobody can be asked for it, but the rest of the account stays readable
		}
		if err != nil {
			return nil, err
		}
		pins = append(pins, files...)
	}
	return pins, nil
}

// filePins returns the pins of one file, or page: its root, and, if it is a large
// file whose nodes are here, every block below.
func (r *Replica) filePins(ctx context.Context, root cid.Cid, referrer content.Path) ([]store.Pin, error) {
	blocks, err := unixfs.Blocks(ctx, r.store, root)
	if err != nil {
		return nil, err
	}
	pins := make([]store.Pin, len(blocks))
	for i, c := range blocks {
		pins[i] = store.Pin{CID: c, Referrer: referrer}
	}
	return pins, nil
}

// Reference is a file that a record refers to.
type Reference struct {
	Root cid.Cid
	By   content.Path
}

// PinFiles pins the blocks of files that came in after the records that refer to
// them, so that they may be passed on. Files are left out to which the record does
// not refer any more, and those over the limits of package unixfs.
func (r *Replica) PinFiles(ctx context.Context, account content.AccountID, list []Reference) error {
	const op = "replica.PinFiles"
	defer r.lock(account)() // the records must not go meanwhile: nobody would unpin the files
	var pins []store.Pin
	for _, f := range list {
		err := r.refers(ctx, account, f.By, f.Root)
		var more []store.Pin
		if err == nil {
			more, err = r.filePins(ctx, f.Root, f.By)
		}
		switch content.KindOf(err) {
		case content.NotFound, content.TooLarge:
			continue
		}
		if err != nil {
			return content.E(op, content.Other, err)
		}
		pins = append(pins, more...)
	}
	if len(pins) == 0 {
		return nil
	}
	return r.store.Pin(ctx, account, pins)
}

// refers reports whether a record of an account's head refers to a file.
func (r *Replica) refers(ctx context.Context, account content.AccountID, path content.Path, root cid.Cid) error {
	view, err := r.View(ctx, account)
	if err != nil {
		return err
	}
	block, err := view.Get(ctx, path)
	if err != nil {
		return err
	}
	rec, err := record.Decode(block.Data)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(record.References(rec), root.Equals) {
		return nil
	}
	return content.Errorf("replica.refers", content.NotFound, "the record does not refer to the file any more")
}

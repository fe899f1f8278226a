package replica

import (
	"context"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
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
		Blocks: change.Blocks, UnpinNodes: change.Dropped,
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

// recordPins returns the pins of a record and its files. A record that does not
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
	for _, f := range record.Files(rec) {
		files, err := r.filePins(ctx, f.CID.Cid, rc.Path)
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

// filePins returns the pins of one file: its root, and, if it is a large file
// whose nodes are here, every block below.
func (r *Replica) filePins(ctx context.Context, root cid.Cid, referrer content.Path) ([]store.Pin, error) {
	blocks, err := FileBlocks(ctx, r.store, root)
	if err != nil {
		return nil, err
	}
	pins := make([]store.Pin, len(blocks))
	for i, c := range blocks {
		pins[i] = store.Pin{CID: c, Referrer: referrer}
	}
	return pins, nil
}

// PinFile pins the blocks of a file that came in after the record that refers
// to it, so that they may be passed on. Kind NotFound if the record does not
// refer to it any more.
func (r *Replica) PinFile(ctx context.Context, account content.AccountID, root cid.Cid, referrer content.Path) error {
	const op = "replica.PinFile"
	defer r.lock(account)() // the record must not go meanwhile: nobody would unpin the file
	if err := r.refers(ctx, account, referrer, root); err != nil {
		return content.E(op, content.Other, err)
	}
	pins, err := r.filePins(ctx, root, referrer)
	if err != nil {
		return content.E(op, content.Other, err)
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
	for _, f := range record.Files(rec) {
		if f.CID.Equals(root) {
			return nil
		}
	}
	return content.Errorf("replica.refers", content.NotFound, "the record does not refer to the file any more")
}

// The limits of a file of UnixFS nodes: enough for 200 MiB in leaves of 1 MiB,
// and deeper than the balanced layout needs.
const (
	maxFileBlocks = 1024
	maxFileDepth  = 4
)

type blockGetter interface {
	Get(context.Context, cid.Cid) ([]byte, error)
}

// FileBlocks lists the blocks of a file, its root first, as far as its inner
// nodes are in src. Kind TooLarge if they are more than a file of ours has.
func FileBlocks(ctx context.Context, src blockGetter, root cid.Cid) ([]cid.Cid, error) {
	blocks := []cid.Cid{root}
	for from, depth := 0, 0; from < len(blocks); depth++ {
		level := blocks[from:]
		from = len(blocks)
		for _, c := range level {
			links, err := fileLinks(ctx, src, c)
			if err != nil {
				return nil, err
			}
			if len(links) > 0 && depth == maxFileDepth || len(blocks)+len(links) > maxFileBlocks {
				return nil, content.Errorf("replica.FileBlocks", content.TooLarge, "a file of too many blocks: "+root.String())
			}
			blocks = append(blocks, links...)
		}
	}
	return blocks, nil
}

// fileLinks returns what a UnixFS node links to; nothing for a leaf, and for a
// node that is not here.
func fileLinks(ctx context.Context, src blockGetter, c cid.Cid) ([]cid.Cid, error) {
	if content.Codec(c.Prefix().Codec) != content.DagPB {
		return nil, nil
	}
	data, err := src.Get(ctx, c)
	if content.KindOf(err) == content.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	node, err := merkledag.DecodeProtobuf(data)
	if err != nil {
		return nil, nil // not a file after all: nothing below it can be fetched either
	}
	var links []cid.Cid
	for _, l := range node.Links() {
		if content.CheckCID(l.Cid) == nil {
			links = append(links, l.Cid)
		}
	}
	return links, nil
}

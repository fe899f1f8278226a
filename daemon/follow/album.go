package follow

import (
	"context"
	"slices"
	"sync"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/unixfs"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/exchange"
)

// album takes the blocks of files into the store, lets peers have them that wait
// for them, and counts.
type album struct {
	*Keeper
	account *account        // whose progress it is; nil for nobody's
	roots   map[cid.Cid]int // files, and how often records refer to each

	mu      sync.Mutex
	arrived int
}

// fetch gets the files of some records, the first ones first.
func (al *album) fetch(ctx context.Context, holders []peer.AddrInfo, jobs []job) error {
	var roots []cid.Cid
	for _, j := range jobs {
		for _, f := range j.files {
			al.roots[f.CID.Cid]++
			roots = append(roots, f.CID.Cid)
		}
	}
	if paged := pathsOf(slices.DeleteFunc(slices.Clone(jobs), job.photosOnly)); len(paged) > 0 {
		defer al.tellPages(al.account.id, paged...) // also if others did not come
	}
	if err := al.share(ctx, holders, jobs); err != nil {
		return err
	}
	if err := al.fetchAll(ctx, holders, roots, al); err != nil {
		return err
	}
	return al.pinLarge(ctx, jobs)
}

// pinLarge keeps the large files of records, which are whole now.
func (al *album) pinLarge(ctx context.Context, jobs []job) error {
	var list []replica.Reference
	for _, j := range jobs {
		for _, f := range j.files {
			if unixfs.Large(f.CID.Cid) {
				list = append(list, replica.Reference{Root: f.CID.Cid, By: j.path})
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	if err := al.Replica.PinFiles(ctx, al.account.id, list); err != nil {
		return err
	}
	al.progress(len(list), 0)
	return nil
}

// Put implements [syncing.Sink] and [exchange.Sink].
func (al *album) Put(ctx context.Context, blocks ...content.Block) error {
	if err := al.Store.PutVerified(ctx, blocks...); err != nil {
		return err
	}
	al.mu.Lock()
	al.arrived += len(blocks)
	al.mu.Unlock()
	al.note(blocks)
	return al.Exchange.Published(ctx, blocks...)
}

// note counts what arrived: a file of one block is done with it.
func (al *album) note(blocks []content.Block) {
	done, size := 0, int64(0)
	for _, b := range blocks {
		if isPage(b.CID) {
			continue
		}
		size += int64(len(b.Data))
		if !unixfs.Large(b.CID) {
			done += al.roots[b.CID]
		}
	}
	al.progress(done, size)
}

func (al *album) progress(done int, size int64) {
	k, a := al.Keeper, al.account
	if a == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	a.state.Files.Done = min(a.state.Files.Done+done, a.state.Files.Total)
	a.state.FileBytes += size
	k.tell(a)
}

func (al *album) count() int {
	al.mu.Lock()
	defer al.mu.Unlock()
	return al.arrived
}

// maxLevels is how often more of a file is asked for: deeper ones are refused by
// [unixfs.Blocks].
const maxLevels = 8

// fetchAll fetches what is missing of files, a level of their nodes at a time.
func (k *Keeper) fetchAll(ctx context.Context, holders []peer.AddrInfo, roots []cid.Cid, sink exchange.Sink) error {
	for range maxLevels {
		missing, err := k.missingBelow(ctx, roots)
		if err != nil || len(missing) == 0 {
			return err
		}
		if err := k.Exchange.Fetch(ctx, holders, missing, sink); err != nil {
			return err
		}
	}
	return nil
}

// missingBelow lists the blocks of files that are known of and not here.
func (k *Keeper) missingBelow(ctx context.Context, roots []cid.Cid) (missing []cid.Cid, err error) {
	for _, root := range roots {
		blocks, err := k.fileBlocks(ctx, root)
		if err != nil {
			return nil, err
		}
		for _, c := range blocks {
			here, err := k.Store.Has(ctx, c)
			if err != nil {
				return nil, err
			}
			if !here {
				missing = append(missing, c)
			}
		}
	}
	return missing, nil
}

// fileBlocks lists what is known of a file's blocks; none of one that is no file
// of ours. Damaged ones are dropped.
func (k *Keeper) fileBlocks(ctx context.Context, root cid.Cid) ([]cid.Cid, error) {
	blocks, err := unixfs.Blocks(ctx, k.Store, root)
	if content.KindOf(err) == content.TooLarge {
		return nil, nil
	}
	return blocks, err
}

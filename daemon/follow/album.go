package follow

import (
	"context"
	"sync"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
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

// fetch gets the files of some records: all in one exchange, and then, of those
// that are larger than a block, what is below the root.
func (al *album) fetch(ctx context.Context, holders []peer.AddrInfo, jobs []job) error {
	var want []cid.Cid
	for _, j := range jobs {
		for _, f := range j.files {
			al.roots[f.CID.Cid]++
			want = append(want, f.CID.Cid)
		}
	}
	if err := al.Exchange.Fetch(ctx, holders, want, al); err != nil {
		return err
	}
	for _, j := range jobs {
		for _, f := range j.files {
			if content.Codec(f.CID.Prefix().Codec) != content.DagPB {
				continue
			}
			if err := al.fetchAll(ctx, holders, f.CID.Cid, al); err != nil {
				return err
			}
			if err := al.pinFile(ctx, al.account.id, f.CID.Cid, j.path); err != nil {
				return err
			}
		}
	}
	return nil
}

// Put implements [exchange.Sink].
func (al *album) Put(ctx context.Context, blocks ...content.Block) error {
	if err := al.Store.Put(ctx, blocks...); err != nil {
		return err
	}
	al.mu.Lock()
	al.arrived += len(blocks)
	al.mu.Unlock()
	if al.account != nil {
		al.progress(blocks)
	}
	return al.Exchange.Published(ctx, blocks...)
}

func (al *album) progress(blocks []content.Block) {
	k, a := al.Keeper, al.account
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, b := range blocks {
		a.state.Files.Done = min(a.state.Files.Done+al.roots[b.CID], a.state.Files.Total)
		a.state.FileBytes += int64(len(b.Data))
	}
	k.tell(a)
}

func (al *album) count() int {
	al.mu.Lock()
	defer al.mu.Unlock()
	return al.arrived
}

// maxLevels is how often more of a file is asked for: deeper ones are refused by
// [replica.FileBlocks].
const maxLevels = 8

// fetchAll fetches what is missing of a file, a level of its nodes at a time.
func (k *Keeper) fetchAll(ctx context.Context, holders []peer.AddrInfo, root cid.Cid, sink exchange.Sink) error {
	for range maxLevels {
		blocks, err := k.fileBlocks(ctx, root)
		if err != nil {
			return err
		}
		var missing []cid.Cid
		for _, c := range blocks {
			here, err := k.Store.Has(ctx, c)
			if err != nil {
				return err
			}
			if !here {
				missing = append(missing, c)
			}
		}
		if len(missing) == 0 {
			return nil
		}
		if err := k.Exchange.Fetch(ctx, holders, missing, sink); err != nil {
			return err
		}
	}
	return nil
}

// fileBlocks lists what is known of a file's blocks; none of one that is no file
// of ours. Damaged ones are dropped.
func (k *Keeper) fileBlocks(ctx context.Context, root cid.Cid) ([]cid.Cid, error) {
	blocks, err := replica.FileBlocks(ctx, k.Store, root)
	if content.KindOf(err) == content.TooLarge {
		return nil, nil
	}
	return blocks, err
}

// pinFile keeps a file's blocks for the record that refers to it, if it still
// does.
func (k *Keeper) pinFile(ctx context.Context, id content.AccountID, root cid.Cid, referrer content.Path) error {
	err := k.Replica.PinFile(ctx, id, root, referrer)
	switch content.KindOf(err) {
	case content.NotFound, content.TooLarge:
		return nil
	}
	return err
}

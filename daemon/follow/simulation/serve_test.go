package simulation

import (
	"context"
	"errors"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/discover"
	syncing "rossgram.app/p2p/sync"
)

// What stands between the parts of a node is what a daemon has there.

type judge struct{ *node }

func (j judge) Judge(h content.Head) announce.Verdict { return j.keeper.Judge(h) }

// archive answers peers that compare heads and pull.
type archive struct{ *node }

func (a archive) Head(ctx context.Context, id content.AccountID) (content.Head, error) {
	return a.replica.Head(ctx, id)
}

func (a archive) Commit(ctx context.Context, _ content.AccountID, c cid.Cid) (content.Block, error) {
	b, err := a.store.AppendPublished(ctx, c, nil)
	return content.Block{CID: c, Data: b}, err
}

func (a archive) Block(ctx context.Context, c cid.Cid, b []byte) ([]byte, error) {
	return a.store.AppendPublished(ctx, c, b)
}

// directory names holders to those who ask.
type directory struct{ *node }

func (d directory) Holders(ctx context.Context, account content.AccountID, asker peer.ID, via ma.Multiaddr) []peer.AddrInfo {
	if _, err := d.replica.Head(ctx, account); err != nil {
		return nil
	}
	return d.book.Tell(account, asker, via, syncing.MaxHolders)
}

// shelf keeps the address book on disk.
type shelf struct{ kv *store.KV }

func (s shelf) Load(ctx context.Context, fn func(discover.Entry) error) error {
	return s.kv.View(ctx, func(tx *store.Tx) error {
		var failed error
		err := tx.Scan(store.Span{}, func(k, v []byte) bool {
			failed = fn(discover.Entry{Key: k, Value: v})
			return failed == nil
		})
		return errors.Join(err, failed)
	})
}

func (s shelf) Save(ctx context.Context, changes []discover.Entry) error {
	return s.kv.Update(ctx, func(tx *store.Tx) error {
		var errs []error
		for _, e := range changes {
			if e.Value == nil {
				errs = append(errs, tx.Delete(e.Key))
			} else {
				errs = append(errs, tx.Set(e.Key, e.Value))
			}
		}
		return errors.Join(errs...)
	})
}

package reception

import (
	"context"
	"slices"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
)

// noted is a change that is to be made to a thread.
type noted struct {
	key     []byte
	account content.AccountID
	tid     content.TID
	change
}

// maxChanges is how many comments of one post one commit lists or takes off.
const maxChanges = 2000

// changes returns what is to be done with comments, in the order in which it was
// accepted, and whether that is all.
func (r *Reception) changes(ctx context.Context, post postName) (list []noted, whole bool, err error) {
	prefix := post.key(tagChange)
	whole = true
	var bad error
	err = r.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: prefix}, func(k, v []byte) bool {
			if whole = len(list) < maxChanges; !whole {
				return false
			}
			n := noted{key: k, account: content.AccountID(k[len(prefix):]), tid: content.TID(numberOf(k[len(prefix)+32:]))}
			bad = dagcbor.Unmarshal(v, &n.change)
			list = append(list, n)
			return bad == nil
		})
	})
	if err == nil {
		err = bad
	}
	slices.SortFunc(list, func(a, b noted) int { return int(int64(a.Seq) - int64(b.Seq)) })
	return list, whole, err
}

// editComments puts changes into a thread. A comment for which there is no room, or
// that does not verify, is left out.
func (r *Reception) editComments(ctx context.Context, e *edition, now *record.Responses) error {
	if len(e.changes) == 0 {
		return nil
	}
	before := make(map[cid.Cid]bool)
	var pages []*record.Page
	for _, c := range record.Pages(now) {
		b, err := r.Store.Get(ctx, c)
		if err != nil {
			return err
		}
		p, err := record.DecodePage(b)
		if err != nil {
			return err
		}
		before[c] = true
		pages = append(pages, p)
	}
	thread := record.NewThread(content.URI{Account: e.post.account, Path: e.post.path()}, pages...)
	for _, n := range e.changes {
		if err := n.apply(thread); err != nil {
			r.Log.Warn("a comment can't be listed", "post", e.post.tid, "by", n.account, "error", err)
		}
	}
	list, blocks, err := thread.List()
	if err != nil {
		return err
	}
	now.Comments = list
	for _, b := range blocks {
		if !before[b.CID] {
			e.pages = append(e.pages, b)
		}
	}
	return nil
}

func (n noted) apply(t *record.Thread) error {
	if len(n.Record) == 0 {
		t.Remove(n.account, n.tid)
		return nil
	}
	cert, err := keys.DecodeCertificate(n.Cert)
	if err != nil {
		return err
	}
	return t.Put(record.Accepted{TID: n.tid, Record: n.Record, Cert: cert})
}

package index

import (
	"context"
	"crypto/sha256"

	"github.com/ipfs/go-cid"

	"rossgram.app/content/record"
	"rossgram.app/content/store"
)

// lister enters the comments that a post's author lists, a page at a time.
type lister struct {
	*Index
	ctx     context.Context
	post    postRef
	seen    map[postRef]bool // comments of the pages until now
	lacking bool             // a page is not here
}

// page enters a page. One that is none, or is not here, lists nothing.
func (l *lister) page(c cid.Cid, most int) error {
	b, err := l.records.src.Get(l.ctx, c)
	if ours(err) {
		return err
	}
	if err != nil {
		l.lacking = true
		return nil
	}
	p, err := record.DecodePage(b)
	if err != nil {
		l.skipped.Add(1)
		return nil
	}
	fresh, err := l.verify(p)
	if err != nil {
		return err
	}
	return l.edit(l.ctx, func(e *edit) error {
		for _, v := range fresh {
			ref := postRef{v.Account, v.TID}
			if ref.tid == 0 || l.seen[ref] || len(l.seen) >= most {
				continue
			}
			l.seen[ref] = true
			if v.Comment == nil {
				continue // it is entered
			}
			if err := e.list(l.post, ref, digestOf(v.Block.CID), v.Block.Data); err != nil {
				return err
			}
		}
		return nil
	})
}

// verify returns the comments of a page, in their order, the zero one for each that its
// author has not signed. Of those that are entered already, which most are, it returns
// only the names: they were verified then.
func (l *lister) verify(p *record.Page) ([]record.Verified, error) {
	list := make([]record.Verified, len(p.Comments))
	rest := record.Page{Writers: p.Writers}
	var places []int // of the rest, on the page
	err := l.kv.View(l.ctx, func(tx *store.Tx) error {
		for i, c := range p.Comments {
			ref := postRef{p.Writers[c.By].Account, c.TID}
			b, err := (&edit{tx: tx}).get(listedKey(l.post, ref))
			if err != nil {
				return err
			}
			if sum := sha256.Sum256(c.Record); b != nil && string(b[:digestLen]) == string(sum[:]) {
				list[i] = record.Verified{Account: ref.author, TID: ref.tid}
			} else {
				rest.Comments, places = append(rest.Comments, c), append(places, i)
			}
		}
		return nil
	})
	if err != nil || len(rest.Comments) == 0 {
		return list, err
	}
	good, bad := rest.Verify(l.post.uri())
	l.skipped.Add(uint64(len(bad)))
	for i, at := range places {
		if len(bad) > 0 && bad[0].Place == i {
			bad = bad[1:]
			continue
		}
		list[at], good = good[0], good[1:]
	}
	return list, nil
}

// unlist removes comments that are listed no longer.
func (l *lister) unlist(ids fate) error {
	return l.walk(l.ctx, key(tagListed, l.post.bytes()), func(e *edit, k, _ []byte) error {
		c := listedRef(k)
		if l.seen[c] {
			return nil
		}
		if err := e.delete(k, listedOnKey(l.post, c)); err != nil {
			return err
		}
		return e.dropComment(c, ids)
	})
}

// list enters a comment under a post.
func (e *edit) list(post, c postRef, digest [digestLen]byte, data []byte) error {
	id, err := e.keepComment(c)
	if err != nil {
		return err
	}
	if err := e.tx.Set(listedOnKey(post, c), nil); err != nil {
		return err
	}
	return e.tx.Set(listedKey(post, c), listing{digest, id, data}.bytes())
}

package reception

import (
	"context"
	"slices"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
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

// edit makes up the list of a post as it is to be. What it leaves for later stays out
// of the edition's dirty.
func (r *Reception) edit(ctx context.Context, h *replica.Hosted, s soiled) (edition, error) {
	e := edition{soiled: s}
	v := r.view(h.ID(), h.Head())
	was, old, err := responsesOf(ctx, v, s.post)
	if err != nil {
		return e, err
	}
	var whole bool
	if e.changes, whole, err = r.changes(ctx, s.post); err != nil {
		return e, err
	}
	if !whole {
		e.Comments, e.later = 0, true
	}
	_, err = v.CID(ctx, s.post.path())
	if content.KindOf(err) == content.NotFound { // the post was deleted
		if old.Defined() {
			op := repo.Delete(s.post.responses(), repo.Exactly(old))
			e.op = &op
		}
		return e, r.forget(ctx, s.post)
	}
	if err != nil {
		return e, err
	}
	now := *was
	if err := r.editComments(ctx, &e, &now); err != nil {
		return e, err
	}
	if err := r.editTallies(ctx, &e, &now); err != nil {
		return e, err
	}
	return e, e.finish(now, was, old, record.TimeOf(r.Now()))
}

// responsesOf returns the list that is published of a post; an empty one and no CID if
// there is none.
func responsesOf(ctx context.Context, v *repo.View, post postName) (*record.Responses, cid.Cid, error) {
	b, err := v.Get(ctx, post.responses())
	if content.KindOf(err) == content.NotFound {
		return new(record.Responses), cid.Undef, nil
	}
	if err != nil {
		return nil, cid.Undef, err
	}
	rec, err := record.Decode(b.Data)
	if err != nil {
		return nil, cid.Undef, err
	}
	list, ok := rec.(*record.Responses)
	if !ok {
		list = new(record.Responses) // somebody put another record there
	}
	return list, b.CID, nil
}

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

// editTallies counts what changed.
func (r *Reception) editTallies(ctx context.Context, e *edition, now *record.Responses) error {
	for kind, tally := range map[content.Collection]**record.Tally{
		content.CollectionLike: &now.Likes, content.CollectionReblog: &now.Reblogs,
	} {
		seq := e.of(kind)
		if *seq == 0 {
			continue
		}
		t, counted, err := r.count(ctx, tallyName{e.post, kind})
		if err != nil {
			return err
		}
		if !counted {
			*seq, e.later = 0, true
			continue
		}
		*tally = t
	}
	return nil
}

// finish makes the op, if there is anything to say.
func (e *edition) finish(now record.Responses, was *record.Responses, old cid.Cid, at record.Time) error {
	if now.Comments == nil && now.Likes == nil && now.Reblogs == nil {
		if old.Defined() {
			op := repo.Delete(e.post.responses(), repo.Exactly(old))
			e.op = &op
		}
		return nil
	}
	now.Updated = was.Updated
	same, err := record.Encode(&now)
	if err != nil {
		return err
	}
	if old.Defined() && same.CID.Equals(old) {
		return nil
	}
	now.Updated = at
	b, err := record.Encode(&now)
	if err != nil {
		return err
	}
	expect := repo.Absent()
	if old.Defined() {
		expect = repo.Exactly(old)
	}
	op := repo.Put(e.post.responses(), b, expect)
	e.op = &op
	return nil
}

// forget drops the ledgers of a post that is no more.
func (r *Reception) forget(ctx context.Context, post postName) error {
	for {
		var some [][]byte
		err := r.room.View(ctx, func(tx *store.Tx) error {
			return tx.Scan(store.Span{Prefix: post.key(tagLedger), KeysOnly: true}, func(k, _ []byte) bool {
				some = append(some, k)
				return len(some) < maxChanges
			})
		})
		if err != nil || len(some) == 0 {
			return err
		}
		if err := r.update(ctx, maxBatchBytes, func(tx *store.Tx) error {
			for _, k := range some {
				if err := tx.Delete(k); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
}

func cidsOf(blocks []content.Block) []cid.Cid {
	list := make([]cid.Cid, len(blocks))
	for i, b := range blocks {
		list[i] = b.CID
	}
	return list
}

package reception

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
)

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

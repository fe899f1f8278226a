package index

import (
	"context"

	"rossgram.app/content"
)

// reblogEntry is a reblog as timelines list it: whose it is, the post, and the record.
type reblogEntry struct {
	actor  content.AccountID
	post   postRef
	digest [digestLen]byte
}

const reblogLen = accountLen + refLen + digestLen

func (r reblogEntry) bytes() []byte {
	return append(append(append([]byte{}, r.actor[:]...), r.post.bytes()...), r.digest[:]...)
}

// parseReblog reads what a timeline lists; false if that is no reblog.
func parseReblog(b []byte) (r reblogEntry, ok bool) {
	if len(b) != reblogLen {
		return r, false
	}
	copy(r.actor[:], b)
	r.post = parseRef(b[accountLen:])
	copy(r.digest[:], b[accountLen+refLen:])
	return r, true
}

func reblogsKey(actor content.AccountID, id StatusID) []byte {
	return key(tagReblogs, actor[:], id.bytes())
}

func laterKey(actor content.AccountID, rkey string) []byte {
	return key(tagLater, actor[:], []byte(rkey))
}

// showReblog enters a reblog of a post into the homes of those who follow its actor,
// whether the post is known here or not. One dated in the future waits as a post does.
// Reblogs of comments are in no timeline.
func (e *edit) showReblog(r reaction, version content.Version) error {
	if r.subject.kind != aPost {
		return nil
	}
	if !due(r.status().tid, version.Rev) {
		return e.tx.Set(laterKey(r.actor, r.rkey), nil)
	}
	id, err := e.newID(r.status())
	if err != nil || id == 0 {
		return err
	}
	sets := [][]byte{statusKey(id), reblogsKey(r.actor, id)}
	for _, v := range e.ix.viewers {
		sees, err := e.sees(v, r.actor)
		if err != nil {
			return err
		}
		if sees {
			sets = append(sets, homeKey(v, id))
		}
	}
	value := reblogEntry{r.actor, r.subject.postRef, r.digest}.bytes()
	for _, k := range sets {
		if err := e.tx.Set(k, value); err != nil {
			return err
		}
	}
	return nil
}

// hideReblog takes a reblog out of all timelines.
func (e *edit) hideReblog(r reaction, ids fate) error {
	if err := e.tx.Delete(laterKey(r.actor, r.rkey)); err != nil {
		return err
	}
	id, known, err := e.idOf(r.status())
	if err != nil || !known {
		return err
	}
	gone := [][]byte{reblogsKey(r.actor, id)}
	for _, v := range e.ix.viewers {
		gone = append(gone, homeKey(v, id))
	}
	if err := e.delete(gone...); err != nil {
		return err
	}
	return e.dropID(r.status(), id, ids)
}

// admitReblogs lets in the reblogs of an account that waited for their time.
func (ix *Index) admitReblogs(ctx context.Context, account content.AccountID, version content.Version) error {
	prefix := key(tagLater, account[:])
	return ix.walk(ctx, prefix, func(e *edit, k, _ []byte) error {
		r, known, err := e.reactionOf(aReblog, account, string(k[len(prefix):]))
		if err != nil || known && !due(r.status().tid, version.Rev) {
			return err
		}
		if err := e.tx.Delete(k); err != nil || !known {
			return err
		}
		return e.showReblog(r, version)
	})
}

package index

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// renotify enters anew whom records notify, once the viewers are others: from all that
// is indexed, which is a lot, but accounts seldom come to a node.
func (ix *Index) renotify(ctx context.Context, come, gone []content.AccountID) error {
	if len(come)+len(gone) == 0 {
		return nil
	}
	for _, v := range come {
		if err := ix.restoreHeard(ctx, v); err != nil {
			return err
		}
	}
	for _, again := range []func(context.Context) error{
		ix.renotifyFollows, ix.renotifyReactions, ix.renotifyComments, ix.renotifyPosts,
	} {
		if err := again(ctx); err != nil {
			return err
		}
	}
	for _, v := range gone {
		if err := ix.remove(ctx, key(tagNotice, v[:])); err != nil {
			return err
		}
	}
	return nil
}

// always is the claimed time of what is notified whatever was let go.
const always = record.Time(1) << 53

func (ix *Index) renotifyFollows(ctx context.Context) error {
	return ix.walk(ctx, []byte{tagFollowKey}, func(e *edit, k, v []byte) error {
		actor, rkey := content.AccountID(k[1:1+accountLen]), string(k[1+accountLen:])
		path := content.NewPath(content.CollectionFollow, rkey)
		return e.notify(actor, path, []notice{{
			to: content.AccountID(v), kind: NotifyFollow, actor: actor, path: path, claimed: always,
		}})
	})
}

func (ix *Index) renotifyReactions(ctx context.Context) error {
	return ix.walk(ctx, []byte{tagReactionKey}, func(e *edit, k, v []byte) error {
		actor, kind, rkey := content.AccountID(k[1:1+accountLen]), k[1+accountLen], string(k[2+accountLen:])
		c := content.CollectionLike
		if kind == aReblog {
			c = content.CollectionReblog
		}
		return e.renotify(actor, content.NewPath(c, rkey), v[subjectLen:])
	})
}

func (ix *Index) renotifyComments(ctx context.Context) error {
	return ix.walk(ctx, []byte{tagSaid}, func(e *edit, k, v []byte) error {
		c := subjectRef{parseRef(k[1:]), aComment}
		return e.renotify(c.author, c.uri().Path, v[refLen:])
	})
}

func (ix *Index) renotifyPosts(ctx context.Context) error {
	return ix.walk(ctx, []byte{tagPosts}, func(e *edit, _, v []byte) error {
		p, err := parseEntry(v)
		if err != nil {
			return err
		}
		return e.renotify(p.author, p.uri().Path, p.digest[:])
	})
}

// renotify reads a record that begins with a digest again. What can't be read by now
// says nothing.
func (e *edit) renotify(actor content.AccountID, path content.Path, digest []byte) error {
	r, err := e.ix.records.get(e.ctx, [digestLen]byte(digest[:digestLen]))
	if ours(err) {
		return err
	}
	if err != nil {
		return nil
	}
	return e.notify(actor, path, noticesOf(actor, path, r))
}

package index

import (
	"context"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// RepeatAfter is how many entries of a home timeline lie at least between a post and a
// reblog of it, or between two reblogs.
const RepeatAfter = 40

// maxLooked is about how many entries one page looks at.
const maxLooked = 2000

var errNotShown = content.Errorf("index.shown", content.NotFound, "the post is not shown here")

// Reblog returns a reblog by its own id, as a timeline lists it; kind NotFound if there
// is none, or the post is not known here.
func (ix *Index) Reblog(ctx context.Context, id StatusID) (Entry, error) {
	const op = "index.Reblog"
	b, err := ix.fetch(ctx, statusKey(id))
	if err != nil {
		return Entry{}, content.E(op, content.Other, err)
	}
	r, ok := parseReblog(b)
	if !ok {
		return Entry{}, content.Errorf(op, content.NotFound, "there is no such reblog here")
	}
	e, err := ix.shown(ctx, listed{id: id, reblog: &r})
	if err != nil {
		return Entry{}, content.E(op, content.Other, err)
	}
	return e, nil
}

// shown reads the records of an entry. Kind NotFound if it is not to be shown.
func (ix *Index) shown(ctx context.Context, l listed) (Entry, error) {
	if l.reblog == nil {
		return ix.entry(ctx, l.id, l.postEntry)
	}
	if l.repeated {
		return Entry{}, errNotShown
	}
	id, err := ix.idOf(ctx, l.reblog.post.status())
	if err != nil {
		return Entry{}, err
	}
	if id == 0 {
		return Entry{}, errNotShown
	}
	b, err := ix.kv.Get(ctx, statusKey(id))
	if err != nil {
		return Entry{}, err
	}
	p, err := parseEntry(b)
	if err != nil {
		return Entry{}, err
	}
	e, err := ix.entry(ctx, l.id, p)
	if err != nil {
		return Entry{}, err
	}
	r, err := ix.records.get(ctx, l.reblog.digest)
	reblog, ok := r.(*record.Reblog)
	if err != nil || !ok {
		return Entry{}, errNotShown
	}
	e.Reblog = &Reblog{l.reblog.actor, id, reblog}
	return e, nil
}

// withoutRepeated marks the reblogs among some entries, which follow each other, that
// are of a post which is a few entries before.
func (ix *Index) withoutRepeated(ctx context.Context, prefix []byte, list []listed) error {
	if !slices.ContainsFunc(list, func(l listed) bool { return l.reblog != nil }) {
		return nil
	}
	down := make([]*listed, 0, len(list)+RepeatAfter) // the newest first
	for i := range list {
		down = append(down, &list[i])
	}
	slices.SortFunc(down, func(a, b *listed) int { return int(int64(b.id) - int64(a.id)) })
	older, err := ix.list(ctx, prefix, Page{MaxID: down[len(down)-1].id}, RepeatAfter)
	if err != nil {
		return err
	}
	for i := range older {
		down = append(down, &older[i])
	}
	for i, l := range down[:len(list)] {
		same := func(o *listed) bool { return o.postRef == l.postRef }
		l.repeated = l.reblog != nil && slices.ContainsFunc(down[i+1:min(i+1+RepeatAfter, len(down))], same)
	}
	return nil
}

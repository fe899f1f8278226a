package publish

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
)

// Like says in owner's repository that it likes a post or a comment that is here,
// its own or another's. Liking twice is liking once. Kind NotFound if it is not
// here, Permission if owner is not hosted here.
func (p *Publisher) Like(ctx context.Context, owner content.AccountID, uri content.URI) error {
	like := &record.Like{Subject: record.SubjectOf(uri), Created: record.TimeOf(p.Now())}
	return p.respond(ctx, "publish.Like", owner, uri, likePath(uri), like)
}

// Unlike takes a like back. Not having liked is no error, and what was liked need
// not be here any more.
func (p *Publisher) Unlike(ctx context.Context, owner content.AccountID, uri content.URI) error {
	return p.takeBack(ctx, "publish.Unlike", owner, likePath(uri))
}

// Reblog shows a post or a comment that is here to owner's followers; else as
// [Publisher.Like].
func (p *Publisher) Reblog(ctx context.Context, owner content.AccountID, uri content.URI) error {
	reblog := &record.Reblog{Subject: record.SubjectOf(uri), Created: record.TimeOf(p.Now())}
	return p.respond(ctx, "publish.Reblog", owner, uri, reblogPath(uri), reblog)
}

// Unreblog takes a reblog back, as [Publisher.Unlike].
func (p *Publisher) Unreblog(ctx context.Context, owner content.AccountID, uri content.URI) error {
	return p.takeBack(ctx, "publish.Unreblog", owner, reblogPath(uri))
}

// respond puts a record about a subject, unless there is one.
func (p *Publisher) respond(ctx context.Context, op string, owner content.AccountID, uri content.URI, at content.Path, rec record.Record) error {
	h, err := p.hosted(op, owner)
	if err != nil {
		return err
	}
	if _, err := p.subject(ctx, uri); err != nil {
		return content.E(op, content.Other, err)
	}
	block, err := record.Encode(rec)
	if err != nil {
		return content.E(op, content.Other, err)
	}
	_, err = h.Apply(ctx, []repo.Op{repo.Put(at, block, repo.Absent())})
	if err != nil && content.KindOf(err) != content.Exists {
		return content.E(op, content.Other, err)
	}
	return nil
}

// takeBack deletes a record, if there is one.
func (p *Publisher) takeBack(ctx context.Context, op string, owner content.AccountID, at content.Path) error {
	h, err := p.hosted(op, owner)
	if err != nil {
		return err
	}
	_, err = h.Apply(ctx, []repo.Op{repo.Delete(at, repo.Present())})
	if err != nil && content.KindOf(err) != content.NotFound {
		return content.E(op, content.Other, err)
	}
	return nil
}

func likePath(uri content.URI) content.Path {
	return content.NewPath(content.CollectionLike, record.LikeKey(record.SubjectOf(uri)))
}

func reblogPath(uri content.URI) content.Path {
	return content.NewPath(content.CollectionReblog, record.ReblogKey(record.SubjectOf(uri)))
}

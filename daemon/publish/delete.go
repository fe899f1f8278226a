package publish

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
)

// Delete takes a post or a comment out of owner's repository and returns what it
// was. Kind NotFound if there is none, Permission if it is another's.
func (p *Publisher) Delete(ctx context.Context, owner content.AccountID, uri content.URI) (record.Record, error) {
	const op = "publish.Delete"
	h, err := p.hosted(op, owner)
	if err != nil {
		return nil, err
	}
	rec, block, tid, err := p.own(ctx, owner, uri)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if err := p.noteDeleted(ctx, owner, tid); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if _, err := h.Apply(ctx, []repo.Op{repo.Delete(uri.Path, repo.Exactly(block.CID))}); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return rec, nil
}

// own returns a post or a comment of owner's as it is now.
func (p *Publisher) own(ctx context.Context, owner content.AccountID, uri content.URI) (record.Record, content.Block, content.TID, error) {
	const op = "publish.own"
	none := content.Block{}
	if uri.Account != owner {
		return nil, none, 0, content.Errorf(op, content.Permission, "only its author can change or delete this")
	}
	tid, err := content.ParseTID(uri.Path.RecordKey())
	if err != nil || !record.Respondable(uri.Path.Collection()) {
		return nil, none, 0, content.Errorf(op, content.Invalid, "this is neither a post nor a comment: "+uri.String())
	}
	rec, block, err := p.read(ctx, uri)
	switch {
	case content.KindOf(err) == content.NotFound:
		return nil, none, 0, content.Errorf(op, content.NotFound, "there is no such post or comment; it may be deleted already")
	case err != nil:
		return nil, none, 0, err
	case rec.Type() != uri.Path.Collection():
		return nil, none, 0, content.Errorf(op, content.Corrupt, "what stands there is another record: "+uri.String())
	}
	return rec, block, tid, nil
}

// exists reports whether there is a record.
func (p *Publisher) exists(ctx context.Context, uri content.URI) (bool, error) {
	v, err := p.Replica.View(ctx, uri.Account)
	if err == nil {
		_, err = v.CID(ctx, uri.Path)
	}
	if content.KindOf(err) == content.NotFound {
		return false, nil
	}
	return err == nil, err
}

// read returns a record as it is now.
func (p *Publisher) read(ctx context.Context, uri content.URI) (record.Record, content.Block, error) {
	v, err := p.Replica.View(ctx, uri.Account)
	if err != nil {
		return nil, content.Block{}, err
	}
	b, err := v.Get(ctx, uri.Path)
	if err != nil {
		return nil, content.Block{}, err
	}
	r, err := record.Decode(b.Data)
	return r, b, err
}

package publish

import (
	"context"
	"fmt"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
)

// Mirror says in owner's repository that a node has promised to keep the account
// whole, so that others look for it there. Saying it twice is saying it once. Kind
// TooLarge beyond [record.MaxMirrors], Permission if owner is not hosted here.
func (p *Publisher) Mirror(ctx context.Context, owner content.AccountID, node peer.ID) error {
	const op = "publish.Mirror"
	h, err := p.hosted(op, owner)
	if err != nil {
		return err
	}
	named, err := p.mirrors(ctx, owner)
	if err != nil {
		return content.E(op, content.Other, err)
	}
	if slices.Contains(named, mirrorPath(node)) {
		return nil
	}
	if len(named) >= record.MaxMirrors {
		return content.E(op, content.TooLarge, fmt.Errorf("an account names at most %d mirrors: end one", record.MaxMirrors))
	}
	block, err := record.Encode(&record.Mirror{Node: []byte(node), Created: record.TimeOf(p.Now())})
	if err != nil {
		return content.E(op, content.Other, err)
	}
	_, err = h.Apply(ctx, []repo.Op{repo.Put(mirrorPath(node), block, repo.Absent())})
	if err != nil && content.KindOf(err) != content.Exists {
		return content.E(op, content.Other, err)
	}
	return nil
}

// Unmirror takes [Publisher.Mirror] back. One that was not named is no error.
func (p *Publisher) Unmirror(ctx context.Context, owner content.AccountID, node peer.ID) error {
	const op = "publish.Unmirror"
	h, err := p.hosted(op, owner)
	if err != nil {
		return err
	}
	_, err = h.Apply(ctx, []repo.Op{repo.Delete(mirrorPath(node), repo.Present())})
	if err != nil && content.KindOf(err) != content.NotFound {
		return content.E(op, content.Other, err)
	}
	return nil
}

// mirrors lists the mirrors that owner's repository names.
func (p *Publisher) mirrors(ctx context.Context, owner content.AccountID) (list []content.Path, err error) {
	view, err := p.Replica.View(ctx, owner)
	if content.KindOf(err) == content.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for e, err := range view.List(ctx, content.CollectionMirror, mst.Forward, "") {
		if err != nil {
			return nil, err
		}
		list = append(list, e.Path)
	}
	return list, nil
}

func mirrorPath(node peer.ID) content.Path {
	return content.NewPath(content.CollectionMirror, record.MirrorKey([]byte(node)))
}

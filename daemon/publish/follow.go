package publish

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
)

// Follow says in owner's repository that it follows subject. Following twice is
// following once. Kind Invalid for oneself, Permission if owner is not hosted
// here.
func (p *Publisher) Follow(ctx context.Context, owner, subject content.AccountID) error {
	const op = "publish.Follow"
	h, err := p.hosted(op, owner)
	if err != nil {
		return err
	}
	switch {
	case subject == owner:
		return content.Errorf(op, content.Invalid, "you can't follow yourself: your own posts are in your feed already")
	case subject.IsZero():
		return content.Errorf(op, content.Invalid, "no account to follow")
	}
	block, err := record.Encode(&record.Follow{Subject: subject, Created: record.TimeOf(p.Now())})
	if err != nil {
		return content.E(op, content.Other, err)
	}
	_, err = h.Apply(ctx, []repo.Op{repo.Put(followPath(subject), block, repo.Absent())})
	if err != nil && content.KindOf(err) != content.Exists {
		return content.E(op, content.Other, err)
	}
	return nil
}

// Unfollow takes the follow back. Not following is no error.
func (p *Publisher) Unfollow(ctx context.Context, owner, subject content.AccountID) error {
	const op = "publish.Unfollow"
	h, err := p.hosted(op, owner)
	if err != nil {
		return err
	}
	_, err = h.Apply(ctx, []repo.Op{repo.Delete(followPath(subject), repo.Present())})
	if err != nil && content.KindOf(err) != content.NotFound {
		return content.E(op, content.Other, err)
	}
	return nil
}

func followPath(subject content.AccountID) content.Path {
	return content.NewPath(content.CollectionFollow, record.FollowKey(subject))
}

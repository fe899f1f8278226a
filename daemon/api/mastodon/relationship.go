package mastodon

import (
	"context"
	"slices"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
)

// Relationship is Mastodon's entity Relationship.
type Relationship struct {
	ID                  string `json:"id"`
	Following           bool   `json:"following"`
	ShowingReblogs      bool   `json:"showing_reblogs"`
	Notifying           bool   `json:"notifying"`
	Languages           Null   `json:"languages"`
	FollowedBy          bool   `json:"followed_by"`
	Blocking            bool   `json:"blocking"`
	BlockedBy           bool   `json:"blocked_by"`
	Muting              bool   `json:"muting"`
	MutingNotifications bool   `json:"muting_notifications"`
	Requested           bool   `json:"requested"`
	RequestedBy         bool   `json:"requested_by"`
	DomainBlocking      bool   `json:"domain_blocking"`
	Endorsed            bool   `json:"endorsed"`
	Note                string `json:"note"`
}

// relationship returns how the caller and a person stand to each other, as far
// as is known here.
func (a *API) relationship(ctx context.Context, me content.AccountID, p Person) (Relationship, error) {
	other := p.Account.ID
	following, err := a.Index.Follows(ctx, me, other)
	if err != nil {
		return Relationship{}, err
	}
	followed, err := a.Index.Follows(ctx, other, me)
	if err != nil {
		return Relationship{}, err
	}
	return Relationship{
		ID: p.Account.Num.String(), Following: following, ShowingReblogs: following, FollowedBy: followed,
	}, nil
}

// relationships answers for several accounts; those that are not known here are
// left out, as Mastodon does.
func (a *API) relationships(ctx context.Context, c *rest.Call) (any, error) {
	ids := c.Query().List("id")
	list := make([]Relationship, 0, len(ids))
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			continue
		}
		p, err := a.person(ctx, id)
		if content.KindOf(err) == content.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		r, err := a.relationship(ctx, c.Account(), p)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// follow follows somebody who is known here or was introduced. Where that was by
// an invite, it says where to find them, which is told before the follow is
// acted on.
func (a *API) follow(ctx context.Context, c *rest.Call) (any, error) {
	p, err := a.person(ctx, c.Path("id"))
	if err != nil {
		return nil, err
	}
	if p.Invite != nil && p.Account.ID != c.Account() {
		if err := a.Invites.Invited(ctx, *p.Invite); err != nil {
			return nil, err
		}
	}
	if err := a.Publish.Follow(ctx, c.Account(), p.Account.ID); err != nil {
		return nil, err
	}
	return a.relationship(ctx, c.Account(), p)
}

func (a *API) unfollow(ctx context.Context, c *rest.Call) (any, error) {
	p, err := a.person(ctx, c.Path("id"))
	if err != nil {
		return nil, err
	}
	if err := a.Publish.Unfollow(ctx, c.Account(), p.Account.ID); err != nil {
		return nil, err
	}
	return a.relationship(ctx, c.Account(), p)
}

package rossgram

import (
	"context"
	"errors"

	"rossgram.app/content"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
)

// resolveAccount answers with who is meant.
func (a *API) resolveAccount(ctx context.Context, c *rest.Call) (any, error) {
	p, err := a.person(ctx, c.Query().Get("who"))
	if err != nil {
		return nil, err
	}
	return a.Mastodon.Account(c.Base, p.Account), nil
}

// person is [mastodon.API.ResolveAccount] with an error that says what else to
// try.
func (a *API) person(ctx context.Context, who string) (mastodon.Person, error) {
	const op = "rossgram.person"
	if who == "" {
		return mastodon.Person{}, content.Errorf(op, content.Invalid, "say who: an invite, a DID, name@fingerprint or a name")
	}
	p, err := a.Mastodon.ResolveAccount(ctx, who)
	if content.KindOf(err) == content.NotFound {
		return p, content.E(op, content.NotFound, errors.New("nobody of that name is known here: ask for an invite, which says where the account is"))
	}
	return p, err
}

// resolveStatus answers with the post or the comment that is meant.
func (a *API) resolveStatus(ctx context.Context, c *rest.Call) (any, error) {
	post := c.Query().Get("post")
	if post == "" {
		return nil, content.Errorf("rossgram.resolveStatus", content.Invalid, "say which post: an rg: URI, a status id or a link")
	}
	item, err := a.Mastodon.Resolve(ctx, post)
	if err != nil {
		return nil, err
	}
	return a.Mastodon.Status(ctx, c, item)
}

// accountOf is [index.Index.Account], where an account that is not known yet is
// no failure.
func (a *API) accountOf(ctx context.Context, id content.AccountID) (index.Account, error) {
	of, err := a.Index.Account(ctx, id)
	if content.KindOf(err) == content.NotFound {
		return index.Account{ID: id, Num: index.NumberOf(id)}, nil
	}
	return of, err
}

// nameOf returns the name that an account has chosen; empty if it is not known.
func nameOf(of index.Account) string {
	if of.Profile == nil {
		return ""
	}
	return of.Profile.Name
}

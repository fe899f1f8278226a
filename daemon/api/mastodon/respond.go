package mastodon

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
)

// response is one of the things that an account does to a post or a comment.
type response func(ctx context.Context, owner content.AccountID, uri content.URI) error

func (a *API) like(ctx context.Context, owner content.AccountID, uri content.URI) error {
	return a.Publish.Like(ctx, owner, uri)
}

func (a *API) unlike(ctx context.Context, owner content.AccountID, uri content.URI) error {
	return a.Publish.Unlike(ctx, owner, uri)
}

func (a *API) unreblog(ctx context.Context, owner content.AccountID, uri content.URI) error {
	return a.Publish.Unreblog(ctx, owner, uri)
}

// responding answers with the status as it is after a response.
func (a *API) responding(do response) rest.Endpoint {
	return func(ctx context.Context, c *rest.Call) (any, error) {
		i, err := a.responded(ctx, c, do)
		if err != nil {
			return nil, err
		}
		return a.Status(ctx, c, i)
	}
}

// responded does something to a status, and returns it without who reblogged it.
func (a *API) responded(ctx context.Context, c *rest.Call, do response) (Item, error) {
	i, err := a.item(ctx, c.Path("id"))
	if err != nil {
		return i, err
	}
	if err := do(ctx, c.Account(), i.URI); err != nil {
		return i, err
	}
	if i.Reblog != nil {
		i.ID, i.Reblog = i.Reblog.Post, nil
	}
	return i, nil
}

// reblog answers with the status that the caller's followers see, in which the
// reblogged one stands, as Mastodon does.
func (a *API) reblog(ctx context.Context, c *rest.Call) (any, error) {
	i, err := a.responded(ctx, c, a.Publish.Reblog)
	if err != nil {
		return nil, err
	}
	id, err := a.Index.ReblogID(ctx, c.Account(), i.URI)
	if err != nil {
		return nil, err
	}
	i.Reblog, i.ID = &index.Reblog{By: c.Account(), Post: i.ID}, id
	return a.Status(ctx, c, i)
}

// favourites answers with the posts that the caller likes, the last liked first.
func (a *API) favourites(ctx context.Context, c *rest.Call) (any, error) {
	p, err := page(c.Query())
	if err != nil {
		return nil, err
	}
	liked, err := a.Index.Likes(ctx, c.Account(), p)
	if err != nil {
		return nil, err
	}
	cursors, entries := make([]index.StatusID, len(liked)), make([]index.Entry, len(liked))
	for n, l := range liked {
		cursors[n], entries[n] = l.Cursor, l.Entry
	}
	linkPages(c, p, cursors)
	return a.Statuses(ctx, c, itemsOf(entries))
}

// responders is one of the index's lists of who did something to a status.
type responders func(ctx context.Context, uri content.URI, cursor content.AccountID, limit int) ([]content.AccountID, content.AccountID, error)

func (a *API) favouritedBy(ctx context.Context, c *rest.Call) (any, error) {
	return a.respondedBy(ctx, c, a.Index.LikedBy)
}

func (a *API) rebloggedBy(ctx context.Context, c *rest.Call) (any, error) {
	return a.respondedBy(ctx, c, a.Index.RebloggedBy)
}

// respondedBy answers with a page of accounts, with cursors as those of followers.
func (a *API) respondedBy(ctx context.Context, c *rest.Call, list responders) (any, error) {
	limit, cursor, err := accountsPage(c.Query())
	if err != nil {
		return nil, err
	}
	i, err := a.item(ctx, c.Path("id"))
	if err != nil {
		return nil, err
	}
	who, next, err := list(ctx, i.URI, cursor, limit)
	if err != nil {
		return nil, err
	}
	accounts := make([]Account, 0, len(who))
	for _, id := range who {
		of, err := a.author(ctx, id)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, a.Account(c.Base, of))
	}
	linkAccounts(c, next)
	return accounts, nil
}

package rossgram

import (
	"context"
	"slices"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/branch"
)

// Left is a record that was left behind when the account moved.
type Left struct {
	URI        content.URI        `json:"uri"`
	CID        string             `json:"cid"`
	Collection content.Collection `json:"collection"`
	Caption    string             `json:"caption"` // of a post
	Photos     int                `json:"photos"`
	CreatedAt  *time.Time         `json:"created_at"`
	Complete   bool               `json:"complete"` // its photos are here
}

// left lists what was left behind of the caller's account.
func (a *API) left(ctx context.Context, c *rest.Call) (any, error) {
	all, err := a.Branches.Left(ctx, c.Account())
	if err != nil {
		return nil, err
	}
	list := make([]Left, len(all))
	for i, l := range all {
		list[i] = a.leftOf(ctx, c.Account(), l)
	}
	return list, nil
}

func (a *API) leftOf(ctx context.Context, account content.AccountID, l branch.Left) Left {
	left := Left{
		URI: content.URI{Account: account, Path: l.Path}, CID: l.CID.String(),
		Collection: l.Path.Collection(), Complete: l.Complete,
	}
	data, err := a.Store.Get(ctx, l.CID)
	if err != nil {
		left.Complete = false // damaged; it is fetched again
		return left
	}
	rec, err := record.Decode(data)
	if post, ok := rec.(*record.Post); err == nil && ok {
		left.Caption, left.Photos, left.CreatedAt = post.Caption, len(post.Photos), moment(post.Created.Time())
	}
	return left
}

// rescue posts again what was left behind: the records that are named, or all.
func (a *API) rescue(ctx context.Context, c *rest.Call) (any, error) {
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	h, err := a.Replica.Writer(c.Account())
	if err != nil {
		return nil, err
	}
	all, err := a.Branches.Left(ctx, c.Account())
	if err != nil {
		return nil, err
	}
	if uris := p.List("uris"); len(uris) > 0 {
		if all, err = named(c.Account(), all, uris); err != nil {
			return nil, err
		}
	}
	n, err := a.Branches.Rescue(ctx, h, all)
	if err != nil {
		return nil, err
	}
	return map[string]int{"posted": n}, nil
}

// named picks those of what was left behind that URIs name.
func named(account content.AccountID, all []branch.Left, uris []string) ([]branch.Left, error) {
	var picked []branch.Left
	for _, uri := range uris {
		i := slices.IndexFunc(all, func(l branch.Left) bool {
			return content.URI{Account: account, Path: l.Path}.String() == uri
		})
		if i < 0 {
			return nil, content.Errorf("rossgram.rescue", content.NotFound, "nothing of this name was left behind: "+uri)
		}
		picked = append(picked, all[i])
	}
	return picked, nil
}

// giveUp drops what was left behind.
func (a *API) giveUp(ctx context.Context, c *rest.Call) (any, error) {
	return rest.NoContent, a.Branches.GiveUp(ctx, c.Account())
}

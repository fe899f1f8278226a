package mastodon

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
)

// home answers with the caller's home timeline.
func (a *API) home(ctx context.Context, c *rest.Call) (any, error) {
	p, err := page(c.Query())
	if err != nil {
		return nil, err
	}
	entries, err := a.Index.Home(ctx, c.Account(), p)
	if err != nil {
		return nil, err
	}
	return a.posts(ctx, c, p, entries)
}

// accountStatuses answers with an account's posts. All have photos, and none is
// a reply or a reblog, so only_media, exclude_replies and exclude_reblogs leave
// out nothing; none is pinned.
func (a *API) accountStatuses(ctx context.Context, c *rest.Call) (any, error) {
	q := c.Query()
	if q.Get("tagged") != "" {
		return nil, content.Errorf("mastodon.accountStatuses", content.Invalid, "this node can't look for an account's posts by tag yet")
	}
	p, err := page(q)
	if err != nil {
		return nil, err
	}
	who, err := a.person(ctx, c.Path("id"))
	if err != nil {
		return nil, err
	}
	if q.Bool("pinned", false) {
		return EmptyList{}, nil
	}
	entries, err := a.Index.Posts(ctx, who.Account.ID, p)
	if err != nil {
		return nil, err
	}
	return a.posts(ctx, c, p, entries)
}

// posts answers with a page of a timeline.
func (a *API) posts(ctx context.Context, c *rest.Call, p index.Page, entries []index.Entry) (any, error) {
	linkPages(c, p, idsOf(entries))
	return a.Statuses(ctx, c, itemsOf(entries))
}

// idsOf returns the ids by which a timeline is paged.
func idsOf(entries []index.Entry) []index.StatusID {
	ids := make([]index.StatusID, len(entries))
	for n, e := range entries {
		ids[n] = e.ID
	}
	return ids
}

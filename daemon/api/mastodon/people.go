package mastodon

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
)

func (a *API) showAccount(ctx context.Context, c *rest.Call) (any, error) {
	p, err := a.person(ctx, c.Path("id"))
	if err != nil {
		return nil, err
	}
	return a.Account(c.Base, p.Account), nil
}

// lookupAccount answers with an account that is known here.
func (a *API) lookupAccount(ctx context.Context, c *rest.Call) (any, error) {
	p, err := a.ResolveAccount(ctx, c.Query().Get("acct"))
	if err != nil {
		return nil, err
	}
	if !p.Known {
		return nil, content.Errorf("mastodon.lookupAccount", content.NotFound, "nothing is known here of that account: search with resolve=true, or follow it")
	}
	return a.Account(c.Base, p.Account), nil
}

func (a *API) followers(ctx context.Context, c *rest.Call) (any, error) {
	return a.related(ctx, c, a.Index.Followers)
}

func (a *API) following(ctx context.Context, c *rest.Call) (any, error) {
	return a.related(ctx, c, a.Index.Following)
}

// relation is one of the index's lists of accounts.
type relation func(ctx context.Context, of, cursor content.AccountID, limit int) ([]index.Account, content.AccountID, error)

// related answers with a page of accounts. The cursor in the Link header is the
// DID of the last account; there is no way back.
func (a *API) related(ctx context.Context, c *rest.Call, list relation) (any, error) {
	limit, cursor, err := accountsPage(c.Query())
	if err != nil {
		return nil, err
	}
	who, err := a.person(ctx, c.Path("id"))
	if err != nil {
		return nil, err
	}
	accounts, next, err := list(ctx, who.Account.ID, cursor, limit)
	if err != nil {
		return nil, err
	}
	linkAccounts(c, next)
	return a.Accounts(c.Base, accounts), nil
}

// accountsPage reads which part of a list of accounts is asked for.
func accountsPage(q rest.Params) (limit int, cursor content.AccountID, err error) {
	if limit, err = q.Int("limit", maxPage, 1, index.MaxLimit); err != nil {
		return 0, cursor, err
	}
	if s := q.Get("max_id"); s != "" {
		cursor, err = content.ParseAccountID(s)
	}
	return limit, cursor, err
}

// linkAccounts links to the accounts behind the last one of a page.
func linkAccounts(c *rest.Call, next content.AccountID) {
	if !next.IsZero() {
		c.Writer.Header().Set("Link", linkTo(c, "next", "max_id", next.String()))
	}
}

// Accounts is [API.Account] of several.
func (a *API) Accounts(base string, accounts []index.Account) []Account {
	list := make([]Account, 0, len(accounts))
	for _, of := range accounts {
		list = append(list, a.Account(base, of))
	}
	return list
}

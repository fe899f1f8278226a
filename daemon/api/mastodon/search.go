package mastodon

import (
	"context"
	"strings"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
)

// Search is Mastodon's entity Search.
type Search struct {
	Accounts []Account `json:"accounts"`
	Statuses []Status  `json:"statuses"`
	Hashtags EmptyList `json:"hashtags"`
}

// query is what is looked for.
type query struct {
	text          string
	resolve       bool // also what is not known here
	followed      bool // only whom the caller follows
	limit, offset int
}

func queryOf(p rest.Params, otherwise, most int) (query, error) {
	q := query{
		text:    strings.TrimSpace(p.Get("q")),
		resolve: p.Bool("resolve", false), followed: p.Bool("following", false),
	}
	if q.text == "" {
		return q, content.Errorf("mastodon.search", content.Invalid, "q is what to look for, and must not be empty")
	}
	var err error
	if q.limit, err = p.Int("limit", otherwise, 1, most); err != nil {
		return q, err
	}
	q.offset, err = p.Int("offset", 0, 0, index.MaxLimit)
	return q, err
}

// search looks for accounts and posts.
func (a *API) search(ctx context.Context, c *rest.Call) (any, error) {
	p := c.Query()
	q, err := queryOf(p, index.DefaultLimit, maxPage)
	if err != nil {
		return nil, err
	}
	found := Search{Accounts: []Account{}, Statuses: []Status{}}
	wanted := func(kind string) bool { return p.Get("type") == "" || p.Get("type") == kind }
	switch {
	case namesPost(q.text):
		if wanted("statuses") {
			found.Statuses, err = a.findPost(ctx, c, q)
		}
	case wanted("accounts"):
		found.Accounts, err = a.findAccounts(ctx, c, q)
	}
	return found, err
}

// searchAccounts looks for accounts alone.
func (a *API) searchAccounts(ctx context.Context, c *rest.Call) (any, error) {
	q, err := queryOf(c.Query(), maxPage, index.MaxLimit)
	if err != nil {
		return nil, err
	}
	return a.findAccounts(ctx, c, q)
}

// namesPost tells an rg: URI or the link of a post from other words.
func namesPost(s string) bool {
	path, _ := pathOfLink(s)
	return strings.HasPrefix(s, "rg:") || strings.Contains(path, "/")
}

// findPost returns the one post that is named, if it is known here.
func (a *API) findPost(ctx context.Context, c *rest.Call, q query) ([]Status, error) {
	i, err := a.Resolve(ctx, q.text)
	if halfTyped(err) || q.offset > 0 {
		return []Status{}, nil
	}
	if err != nil {
		return nil, err
	}
	return a.Statuses(ctx, c, []Item{i})
}

// halfTyped reports whether something is not there, or not a name of anything:
// apps search with each letter that is typed.
func halfTyped(err error) bool {
	k := content.KindOf(err)
	return k == content.NotFound || k == content.Invalid
}

// namesAccount tells what means one account from words to look for.
func namesAccount(s string) bool {
	return isInvite(s) || isWeb(s) || strings.HasPrefix(s, "did:") || strings.Contains(strings.TrimPrefix(s, "@"), "@")
}

func (a *API) findAccounts(ctx context.Context, c *rest.Call, q query) ([]Account, error) {
	switch {
	case namesAccount(q.text):
		return a.findAccount(ctx, c, q)
	case strings.HasPrefix(q.text, "#"):
		return []Account{}, nil
	}
	accounts, err := a.Index.Search(ctx, c.Account(), strings.TrimPrefix(q.text, "@"), index.MaxLimit)
	if err == nil && q.followed {
		accounts, err = a.ofFollowed(ctx, c.Account(), accounts)
	}
	if err != nil {
		return nil, err
	}
	accounts = accounts[min(q.offset, len(accounts)):]
	return a.Accounts(c.Base, accounts[:min(q.limit, len(accounts))]), nil
}

// findAccount returns the one account that is named. What is wrong with an
// invite is said to whoever wants it resolved.
func (a *API) findAccount(ctx context.Context, c *rest.Call, q query) ([]Account, error) {
	p, err := a.ResolveAccount(ctx, q.text)
	switch {
	case err != nil && (!halfTyped(err) || q.resolve && isInvite(q.text)):
		return nil, err
	case err != nil, q.offset > 0, !p.Known && !q.resolve:
		return []Account{}, nil
	}
	accounts := []index.Account{p.Account}
	if q.followed {
		if accounts, err = a.ofFollowed(ctx, c.Account(), accounts); err != nil {
			return nil, err
		}
	}
	return a.Accounts(c.Base, accounts), nil
}

func (a *API) ofFollowed(ctx context.Context, me content.AccountID, accounts []index.Account) ([]index.Account, error) {
	var followed []index.Account
	for _, of := range accounts {
		follows, err := a.Index.Follows(ctx, me, of.ID)
		if err != nil {
			return nil, err
		}
		if follows {
			followed = append(followed, of)
		}
	}
	return followed, nil
}

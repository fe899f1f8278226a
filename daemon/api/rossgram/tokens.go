package rossgram

import (
	"context"
	"net/url"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/rest"
)

// Token is a named way in. Secret is there only in the answer that made it.
type Token struct {
	ID         string        `json:"id"`
	Name       string        `json:"name"`
	Scopes     access.Scopes `json:"scopes"`
	CreatedAt  time.Time     `json:"created_at"`
	LastUsedAt *time.Time    `json:"last_used_at"` // to the hour
	App        *App          `json:"app"`          // null if the owner made it
	Secret     string        `json:"token,omitempty"`
}

// App is an app that was let in, by its own account of itself.
type App struct {
	ClientID string `json:"client_id"`
	Name     string `json:"name"`
	Website  string `json:"website"` // empty if it named none
}

func (a *API) tokenOf(t access.Token, secret string) Token {
	e := Token{ID: t.ID, Name: t.Name, Scopes: t.Scopes, CreatedAt: time.Unix(t.Created, 0).UTC(), Secret: secret}
	if app, err := a.Access.App(t.App); err == nil {
		e.App = &App{app.ID, app.Name, app.Website}
	}
	if t.LastUsed != 0 {
		e.LastUsedAt = moment(time.Unix(t.LastUsed, 0))
	}
	return e
}

// createToken makes a token that may do what a browser may, unless scopes are
// named.
func (a *API) createToken(ctx context.Context, c *rest.Call) (any, error) {
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	scopes := access.BrowserScopes()
	if named := p.List("scopes"); len(named) > 0 {
		scopes = nil
		for _, s := range named {
			scopes = append(scopes, access.Scope(s))
		}
	}
	t, secret, err := a.Access.Create(ctx, c.Account(), p.Get("name"), scopes)
	if err != nil {
		return nil, err
	}
	return a.tokenOf(t, secret), nil
}

func (a *API) tokens(_ context.Context, c *rest.Call) (any, error) {
	list := []Token{}
	for _, t := range a.Access.List(c.Account()) {
		list = append(list, a.tokenOf(t, ""))
	}
	return list, nil
}

func (a *API) revokeToken(ctx context.Context, c *rest.Call) (any, error) {
	return rest.NoContent, a.Access.Revoke(ctx, c.Account(), c.Path("id"))
}

// Link is a one-time link that signs a browser in.
type Link struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (a *API) link(_ context.Context, c *rest.Call) (any, error) {
	code, expires := a.Access.Link(c.Account())
	// In the fragment it is in no log, and sent to nobody.
	return Link{c.Base + "/#code=" + url.QueryEscape(code), expires.UTC()}, nil
}

// Session is what a browser gets for the code of a link.
type Session struct {
	Token   string           `json:"token"`
	Account mastodon.Account `json:"account"`
}

// signIn trades a code for a token, for our own page and for programs: another
// site's page must not be able to try codes.
func (a *API) signIn(ctx context.Context, c *rest.Call) (any, error) {
	if !rest.SameSite(c.Request) {
		return nil, content.Errorf("rossgram.signIn", content.Permission, "only this node's own page signs in with a link")
	}
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	t, secret, err := a.Access.Redeem(ctx, p.Get("code"))
	if err != nil {
		return nil, err
	}
	of, err := a.accountOf(ctx, t.Account)
	if err != nil {
		return nil, err
	}
	return Session{secret, a.Mastodon.Account(c.Base, of)}, nil
}

// signOut revokes the caller's own token.
func (a *API) signOut(ctx context.Context, c *rest.Call) (any, error) {
	return rest.NoContent, a.Access.Revoke(ctx, c.Account(), c.Token.ID)
}

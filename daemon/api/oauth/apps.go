package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"rossgram.app/content"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/rest"
)

// Application is Mastodon's entity of that name.
type Application struct {
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Website      *string       `json:"website"`
	Scopes       access.Scopes `json:"scopes"`
	RedirectURIs []string      `json:"redirect_uris"`
	RedirectURI  string        `json:"redirect_uri"` // all of them, one a line
	VapidKey     string        `json:"vapid_key"`    // there is no Web Push
}

// Credentials is Mastodon's CredentialApplication: an app as it alone is shown it,
// once.
type Credentials struct {
	Application
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	ExpiresAt    int    `json:"client_secret_expires_at"` // 0 is never
}

func applicationOf(app access.App) Application {
	e := Application{
		ID: numberOf(app.ID), Name: app.Name, Scopes: app.Scopes,
		RedirectURIs: app.Redirects, RedirectURI: strings.Join(app.Redirects, "\n"),
	}
	if app.Website != "" {
		e.Website = &app.Website
	}
	return e
}

// numberOf makes of an ID the decimal number that Mastodon's clients know.
func numberOf(id string) string {
	h := sha256.Sum256([]byte(id))
	return strconv.FormatUint(binary.BigEndian.Uint64(h[:])>>1, 10)
}

// register enters an app that anybody may bring.
func (a *API) register(ctx context.Context, c *rest.Call) (any, error) {
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	app := access.App{Name: p.Get("client_name"), Website: p.Get("website"), Scopes: scopesIn(p, "scopes")}
	if err := checkWebsite(app.Website); err != nil {
		return nil, err
	}
	if app.Redirects, err = redirectsIn(p); err != nil {
		return nil, err
	}
	app, secret, err := a.Access.Register(ctx, app)
	if err != nil {
		return nil, err
	}
	return Credentials{Application: applicationOf(app), ClientID: app.ID, ClientSecret: secret}, nil
}

// scopesIn reads scopes between spaces or as a list; none are read.
func scopesIn(p rest.Params, name string) access.Scopes {
	if s := access.ParseScopes(strings.Join(p.List(name), " ")); len(s) > 0 {
		return s
	}
	return access.Scopes{access.Read}
}

// redirectsIn reads redirect_uris: a list, or one a line.
func redirectsIn(p rest.Params) ([]string, error) {
	var uris []string
	for _, lines := range p.List("redirect_uris") {
		for uri := range strings.FieldsSeq(lines) {
			if err := checkRedirect(uri); err != nil {
				return nil, content.E("oauth.register", content.Invalid, err)
			}
			if !slices.Contains(uris, uri) {
				uris = append(uris, uri)
			}
		}
	}
	return uris, nil
}

func checkWebsite(website string) error {
	u, err := url.Parse(website)
	if website != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		return content.E("oauth.register", content.Invalid, fmt.Errorf("website is a web address, not %.100q", website))
	}
	return nil
}

// verifyApp answers with the app that a token is of. A token that the owner made
// by hand counts as an app of the token's name.
func (a *API) verifyApp(_ context.Context, c *rest.Call) (any, error) {
	t := c.Token
	if t.App == "" {
		return Application{ID: numberOf(t.ID), Name: t.Name, Scopes: t.Scopes, RedirectURIs: []string{}}, nil
	}
	app, err := a.Access.App(t.App)
	if err != nil {
		return nil, err
	}
	return applicationOf(app), nil
}

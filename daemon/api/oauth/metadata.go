package oauth

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
)

// Metadata is what RFC 8414, section 2, has an app look up, with Mastodon's
// app_registration_endpoint.
type Metadata struct {
	Issuer                   string        `json:"issuer"`
	ServiceDocumentation     string        `json:"service_documentation"`
	AuthorizationEndpoint    string        `json:"authorization_endpoint"`
	TokenEndpoint            string        `json:"token_endpoint"`
	AppRegistrationEndpoint  string        `json:"app_registration_endpoint"`
	RevocationEndpoint       string        `json:"revocation_endpoint"`
	UserinfoEndpoint         string        `json:"userinfo_endpoint"`
	ScopesSupported          access.Scopes `json:"scopes_supported"`
	ResponseTypes            []string      `json:"response_types_supported"`
	ResponseModes            []string      `json:"response_modes_supported"`
	TokenEndpointAuthMethods []string      `json:"token_endpoint_auth_methods_supported"`
	GrantTypes               []string      `json:"grant_types_supported"`
	CodeChallengeMethods     []string      `json:"code_challenge_methods_supported"`
}

func metadata(_ context.Context, c *rest.Call) (any, error) {
	return Metadata{
		Issuer: c.Base, ServiceDocumentation: "https://docs.joinmastodon.org/",
		AuthorizationEndpoint: c.Base + "/oauth/authorize", TokenEndpoint: c.Base + "/oauth/token",
		AppRegistrationEndpoint: c.Base + "/api/v1/apps", RevocationEndpoint: c.Base + "/oauth/revoke",
		UserinfoEndpoint: c.Base + "/oauth/userinfo", ScopesSupported: access.AppScopes(),
		ResponseTypes: []string{"code"}, ResponseModes: []string{"query"},
		TokenEndpointAuthMethods: []string{"client_secret_basic", "client_secret_post", "none"},
		GrantTypes:               []string{"authorization_code", "client_credentials"}, CodeChallengeMethods: []string{"S256"},
	}, nil
}

// Userinfo is who a token is for, as OpenID Connect Core 1.0, section 5.3, and
// Mastodon say it.
type Userinfo struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Name     string `json:"name"`
	Username string `json:"preferred_username"`
	Profile  string `json:"profile"`
	Picture  string `json:"picture"`
}

func (a *API) userinfo(ctx context.Context, c *rest.Call) (any, error) {
	of, err := a.account(ctx, c, c.Account())
	if err != nil {
		return nil, err
	}
	return Userinfo{c.Base, of.URI, of.DisplayName, of.Username, of.URL, of.Avatar}, nil
}

// account returns an account as it is shown.
func (a *API) account(ctx context.Context, c *rest.Call, id content.AccountID) (mastodon.Account, error) {
	of, err := a.Index.Account(ctx, id)
	if content.KindOf(err) == content.NotFound {
		of, err = index.Account{ID: id, Num: index.NumberOf(id)}, nil
	}
	if err != nil {
		return mastodon.Account{}, err
	}
	return a.Mastodon.Account(c.Base, of), nil
}

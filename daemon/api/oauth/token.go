package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"regexp"

	"rossgram.app/content"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/rest"
)

// Token is Mastodon's entity of that name (RFC 6749, section 5.1). It is good until
// it is revoked.
type Token struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	Scope       string `json:"scope"`
	CreatedAt   int64  `json:"created_at"` // seconds since 1970
}

// token trades what an app has for a token.
func (a *API) token(ctx context.Context, c *rest.Call) (any, error) {
	c.Writer.Header().Set("Pragma", "no-cache") // RFC 6749, section 5.1
	p, err := form(c)
	if err != nil {
		return nil, err
	}
	grant := p.Get("grant_type")
	if grant == "" {
		return nil, invalidRequest("grant_type is missing")
	}
	if grant != "authorization_code" && grant != "client_credentials" {
		return nil, &rest.Refusal{Status: http.StatusBadRequest, Name: "unsupported_grant_type",
			Words: "grant_type is authorization_code or client_credentials: there are no passwords here"}
	}
	by, err := a.client(c, p)
	if err != nil {
		return nil, err
	}
	var t access.Token
	var secret string
	if grant == "authorization_code" {
		t, secret, err = a.byCode(ctx, by, p)
	} else {
		t, secret, err = a.byItself(ctx, by, p)
	}
	if err != nil {
		return nil, err
	}
	return Token{secret, "Bearer", t.Scopes.String(), t.Created}, nil
}

// byCode is RFC 6749, section 4.1.3.
func (a *API) byCode(ctx context.Context, by client, p rest.Params) (access.Token, string, error) {
	if p.Get("code") == "" {
		return access.Token{}, "", invalidRequest("code is missing")
	}
	t, secret, err := a.Access.Exchange(ctx, p.Get("code"), func(g access.Grant) error {
		return by.check(g, p.Get("redirect_uri"), p.Get("code_verifier"))
	})
	if content.KindOf(err) == content.Permission {
		err = invalidGrant(content.Message(err))
	}
	return t, secret, err
}

// byItself is RFC 6749, section 4.4.
func (a *API) byItself(ctx context.Context, by client, p rest.Params) (access.Token, string, error) {
	scopes := scopesIn(p, "scope")
	switch {
	case !by.proven:
		return access.Token{}, "", unknownClient("client_secret is missing")
	case scopes.CheckApp() != nil || !by.Scopes.Contain(scopes):
		return access.Token{}, "", &rest.Refusal{Status: http.StatusBadRequest, Name: "invalid_scope", Words: "the app asks for more than it registered for"}
	}
	return a.Access.AppToken(ctx, by.ID, scopes)
}

// check reports whether a grant is for this app, as it comes for it. An app without
// a secret must have sent a challenge before (RFC 7636); one that did not must send
// no verifier, or a challenge was taken away on the way (RFC 9700, section 4.8.2).
func (by client) check(g access.Grant, redirect, verifier string) error {
	switch {
	case g.App != by.ID:
		return invalidGrant("the code was given to another app")
	case g.Redirect != redirect:
		return invalidGrant("redirect_uri is not the one that the code was asked for with")
	case g.Challenge == "" && !by.proven:
		return unknownClient("send client_secret, or a code_challenge before")
	case g.Challenge == "" && verifier != "", g.Challenge != "" && !verifies(verifier, g.Challenge):
		return invalidGrant("code_verifier does not fit the code_challenge")
	}
	return nil
}

// verifierForm is that of RFC 7636, section 4.1.
var verifierForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

func verifies(verifier, challenge string) bool {
	h := sha256.Sum256([]byte(verifier))
	want := base64.RawURLEncoding.EncodeToString(h[:])
	return verifierForm.MatchString(verifier) && subtle.ConstantTimeCompare([]byte(want), []byte(challenge)) == 1
}

package oauth

import (
	"context"
	"net/http"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
)

// revoke takes back a token from the app that has it (RFC 7009). One that is not
// known is revoked already, as far as the app is concerned. An app without a secret
// shows by the token itself that it has it.
func (a *API) revoke(ctx context.Context, c *rest.Call) (any, error) {
	p, err := form(c)
	if err != nil {
		return nil, err
	}
	by, err := a.client(c, p)
	if err != nil {
		return nil, err
	}
	if p.Get("token") == "" {
		return nil, invalidRequest("token is missing")
	}
	err = a.Access.RevokeSecret(ctx, by.ID, p.Get("token"))
	if content.KindOf(err) == content.Permission {
		// As Mastodon says it; its status is 403.
		return nil, &rest.Refusal{Status: http.StatusForbidden, Name: "unauthorized_client", Words: "You are not authorized to revoke this token"}
	}
	if err != nil {
		return nil, err
	}
	return struct{}{}, nil
}

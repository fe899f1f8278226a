package oauth

import (
	"net/http"
	"net/url"

	"rossgram.app/content"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/rest"
)

// client is an app that calls. Proven is whether it has shown its secret; apps that
// can't keep one, which run in browsers, don't.
type client struct {
	access.App
	proven bool
}

// form reads the parameters of a call of OAuth's own, of which none may be there
// twice (RFC 6749, section 3.2).
func form(c *rest.Call) (rest.Params, error) {
	p, err := c.Params()
	if content.KindOf(err) == content.Invalid {
		return nil, invalidRequest(content.Message(err))
	}
	if err != nil {
		return nil, err
	}
	if name := repeated(p, "grant_type", "client_id", "client_secret", "code", "code_verifier", "redirect_uri", "scope", "token"); name != "" {
		return nil, invalidRequest(name + " is there more than once")
	}
	return p, nil
}

// client returns which app calls, by the Authorization header or by parameters (RFC
// 6749, section 2.3.1). A secret that is sent must be right.
func (a *API) client(c *rest.Call, p rest.Params) (client, error) {
	id, secret := p.Get("client_id"), p.Get("client_secret")
	if user, password, ok := c.Request.BasicAuth(); ok {
		c.Writer.Header().Set("WWW-Authenticate", `Basic realm="rossgram"`) // taken back below
		var errID, errSecret error
		user, errID = url.QueryUnescape(user)
		password, errSecret = url.QueryUnescape(password)
		if errID != nil || errSecret != nil || secret != "" || id != "" && id != user {
			return client{}, invalidRequest("the app is named in two ways, or not as RFC 6749 has it")
		}
		id, secret = user, password
	}
	app, err := a.Access.App(id)
	if err != nil {
		return client{}, unknownClient(content.Message(err))
	}
	if secret != "" && !app.HasSecret(secret) {
		return client{}, unknownClient("client_secret is wrong")
	}
	c.Writer.Header().Del("WWW-Authenticate")
	return client{app, secret != ""}, nil
}

// The errors of RFC 6749, section 5.2.

func invalidRequest(words string) error {
	return &rest.Refusal{Status: http.StatusBadRequest, Name: "invalid_request", Words: words}
}

func invalidGrant(words string) error {
	return &rest.Refusal{Status: http.StatusBadRequest, Name: "invalid_grant", Words: words}
}

func unknownClient(words string) error {
	return &rest.Refusal{Status: http.StatusUnauthorized, Name: "invalid_client", Words: words}
}

package oauth

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"rossgram.app/content"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/rest"
)

// ask answers an app's request with the page on which the owner says who they are.
func (a *API) ask(_ context.Context, c *rest.Call) (any, error) {
	q, err := a.read(c.Request.URL.Query())
	if err != nil {
		return showRefusal(c, err)
	}
	return showSignIn(c, http.StatusOK, q, nil)
}

// signIn takes what proves the owner, a token or a one-time link, and answers with
// the page that asks whether the app is let in.
func (a *API) signIn(ctx context.Context, c *rest.Call) (any, error) {
	q, err := a.read(c.Request.URL.Query())
	if err != nil {
		return showRefusal(c, err)
	}
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	account, err := a.prove(ctx, strings.TrimSpace(p.Get("credential")), q.scopes)
	if content.KindOf(err) == content.Permission {
		return showSignIn(c, http.StatusForbidden, q, err)
	}
	if err != nil {
		return nil, err
	}
	of, err := a.account(ctx, c, account)
	if err != nil {
		return nil, err
	}
	return showConsent(c, q, of, a.issue(q, account))
}

// prove returns the account of who shows a one-time link, its code, or a token that
// may do what is asked for. Kind Permission if it is none of these. An app's token
// proves nothing: else an app could let in others, and itself again.
func (a *API) prove(ctx context.Context, credential string, scopes access.Scopes) (content.AccountID, error) {
	const op = "oauth.prove"
	if !strings.HasPrefix(credential, "rgt_") {
		_, code, ok := strings.Cut(credential, "#code=")
		if !ok {
			code = credential
		}
		return a.Access.Spend(code)
	}
	t, err := a.Access.Authenticate(ctx, credential)
	switch {
	case err != nil:
		return content.AccountID{}, err
	case t.App != "":
		return content.AccountID{}, content.Errorf(op, content.Permission, "that is the token of an app, and apps don't let in apps")
	case !t.Scopes.MayGive(scopes):
		return content.AccountID{}, content.Errorf(op, content.Permission,
			"that token may do less than the app asks for: use the link of rossgram open")
	}
	return t.Account, nil
}

// decide takes the owner's answer and leads back to the app.
func (a *API) decide(_ context.Context, c *rest.Call) (any, error) {
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	t, ok := a.redeem(p.Get("ticket"))
	if !ok {
		return showRefusal(c, &refusal{http.StatusForbidden, "this page was answered already or is too old: begin again in the app", ""})
	}
	if p.Get("answer") != "allow" {
		return a.lead(c, t.request, url.Values{
			"error": {"access_denied"}, "error_description": {"the owner of the account said no"},
		})
	}
	code := a.Access.Grant(access.Grant{
		App: t.app.ID, Account: t.account, Scopes: t.scopes, Redirect: t.redirect, Challenge: t.challenge,
	})
	return a.lead(c, t.request, url.Values{"code": {code}})
}

// lead sends the browser back to the app, by a status that makes of the form a GET
// (RFC 9700, section 4.12), or shows what the app can't be told.
func (a *API) lead(c *rest.Call, q request, answer url.Values) (any, error) {
	if q.redirect == outOfBand {
		return showCode(c, q, answer.Get("code"))
	}
	h := c.Writer.Header()
	guard(h, q)
	h.Set("Location", q.answer(answer))
	return rest.Status{Code: http.StatusSeeOther}, nil
}

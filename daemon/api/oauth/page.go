package oauth

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"rossgram.app/content"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/rest"
)

//go:embed page
var files embed.FS

var pages = template.Must(template.ParseFS(files, "page/*.html"))

// The policies of the pages (Content Security Policy Level 3). The page that asks
// runs no script at all; the one before it runs the node's own, which hands over
// what this browser was signed in with by rossgram open.
const (
	policy       = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
	scriptPolicy = policy + "script-src 'self'; require-trusted-types-for 'script'; form-action 'self'"
)

// guard adds what a browser must know of a page that leads back to an app. Browsers
// apply form-action to where the answer of a form leads, too, and to where that
// leads: so it names the schemes.
func guard(h http.Header, q request) {
	to := ""
	if u, err := url.Parse(q.redirect); err == nil && q.redirect != outOfBand {
		to = " " + u.Scheme + ":"
		if u.Scheme == "http" { // a program of this machine may lead on
			to += " https:"
		}
	}
	guardWith(h, policy+"form-action 'self'"+to)
}

func guardWith(h http.Header, policy string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "DENY") // for browsers that don't know frame-ancestors
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "same-origin") // so that a form says where it comes from
	h.Set("Cache-Control", "no-store")
}

// show writes a page.
func show(c *rest.Call, status int, name string, data any) (any, error) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		return nil, err
	}
	h := c.Writer.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	c.Writer.WriteHeader(status)
	_, _ = b.WriteTo(c.Writer) // a caller that has gone is no error
	return rest.Written, nil
}

// showSignIn asks who the person is. With a trouble, or if the app wants it so, the
// page's script does not go on by itself.
func showSignIn(c *rest.Call, status int, q request, trouble error) (any, error) {
	guardWith(c.Writer.Header(), scriptPolicy)
	page := struct {
		App, Action, Trouble string
		Go                   bool
	}{q.app.Name, "/oauth/sign-in?" + q.query, "", trouble == nil && !q.again}
	if trouble != nil {
		page.Trouble = content.Message(trouble)
	}
	return show(c, status, "sign-in.html", page)
}

// showConsent asks whether the app is let in.
func showConsent(c *rest.Call, q request, of mastodon.Account, ticket string) (any, error) {
	guard(c.Writer.Header(), q)
	return show(c, http.StatusOK, "consent.html", struct {
		App, Website, Name, Acct, Ticket, Destination string
		Allows                                        []string
	}{q.app.Name, q.app.Website, of.DisplayName, of.Acct, ticket, destination(q.redirect), inWords(q.scopes)})
}

// showCode shows the code to an owner who takes it to the app; none if the answer
// was no.
func showCode(c *rest.Call, q request, code string) (any, error) {
	guard(c.Writer.Header(), q)
	return show(c, http.StatusOK, "code.html", struct{ App, Code string }{q.app.Name, code})
}

// showRefusal shows what is wrong with an app's request.
func showRefusal(c *rest.Call, err error) (any, error) {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		return nil, err
	}
	guardWith(c.Writer.Header(), policy+"form-action 'none'")
	return show(c, r.status, "refusal.html", struct {
		Words string
		Back  template.URL // checked when the app registered it
	}{strings.TrimSuffix(r.words, ".") + ".", template.URL(r.back)})
}

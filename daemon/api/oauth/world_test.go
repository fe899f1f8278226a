package oauth_test

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rossgram.app/daemon/api/internal/apitest"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/oauth"
)

// world is a node with an owner, Anna, and a browser that goes nowhere by itself.
type world struct {
	*apitest.Client
	t    *testing.T
	node *apitest.Node
	late atomic.Int64 // how much later than the system's clock it is, to the pages
}

func newWorld(t *testing.T) *world {
	t.Helper()
	n := apitest.New(t, "Anna <b>")
	w := &world{t: t, node: n}
	now := func() time.Time { return time.Now().Add(time.Duration(w.late.Load())) }
	masto := mastodon.New(mastodon.Parts{Index: n.Index, Publish: n.Publisher, Version: "test", Now: now})
	masto.Routes(n.Router)
	oauth.New(oauth.Parts{Access: n.Access, Index: n.Index, Mastodon: masto, Now: now}).Routes(n.Router)
	w.Client = n.Serve()
	return w
}

// answer is an answer, or where it leads.
type answer struct {
	status int
	header http.Header
	body   string
}

// send sends a request; a form if there are values. Headers are names and values
// in turn.
func (w *world) send(method, path string, form url.Values, header ...string) answer {
	w.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = w.URL + path
	}
	req := apitest.Must(http.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(form.Encode())))(w.t)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer stay.CloseIdleConnections()
	res := apitest.Must(stay.Do(req))(w.t)
	defer res.Body.Close()
	return answer{res.StatusCode, res.Header, string(apitest.Must(io.ReadAll(res.Body))(w.t))}
}

// refused expects an error of OAuth.
func (w *world) refused(a answer, status int, name string) {
	w.t.Helper()
	var e struct {
		Error       string
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal([]byte(a.body), &e); err != nil || a.status != status || e.Error != name || e.Description == "" {
		w.t.Errorf("%d %s, want %d %s", a.status, a.body, status, name)
	}
}

// credentials is what an app gets when it registers.
type credentials struct {
	ID           string
	Name         string
	Website      *string
	Scopes       []string
	RedirectURI  string   `json:"redirect_uri"`
	RedirectURIs []string `json:"redirect_uris"`
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
}

const (
	callback = "https://app.example/callback?keep=1"
	oob      = "urn:ietf:wg:oauth:2.0:oob"
	// The verifier and its challenge are those of RFC 7636, appendix B.
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// register registers an app.
func (w *world) register(name string, redirects ...string) credentials {
	w.t.Helper()
	var c credentials
	w.With("").Do("POST", "/api/v1/apps", map[string]any{
		"client_name": name, "redirect_uris": redirects, "scopes": "read write follow push profile",
	}).Want(w.t, 200).JSON(w.t, &c)
	return c
}

// ask returns what an app asks the owner for, with changes: names and values in
// turn.
func (c credentials) ask(changes ...string) url.Values {
	q := url.Values{
		"response_type": {"code"}, "client_id": {c.ClientID}, "redirect_uri": {c.RedirectURIs[0]}, "scope": {"read write"}, "state": {"a&b <c>"},
	}
	for i := 0; i < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return q
}

var ticketField = regexp.MustCompile(`name="ticket" value="([^"]+)"`)

// signIn shows a credential and returns the page that asks, and its ticket.
func (w *world) signIn(q url.Values, credential string) (page answer, ticket string) {
	w.t.Helper()
	page = w.send("POST", "/oauth/sign-in?"+q.Encode(), url.Values{"credential": {credential}})
	if m := ticketField.FindStringSubmatch(page.body); m != nil {
		ticket = html.UnescapeString(m[1])
	}
	return page, ticket
}

// decide presses a button and returns where it leads.
func (w *world) decide(ticket, what string) answer {
	w.t.Helper()
	return w.send("POST", "/oauth/authorize", url.Values{"ticket": {ticket}, "answer": {what}})
}

// code lets an app in and returns the code that it is sent.
func (w *world) code(q url.Values) string {
	w.t.Helper()
	_, ticket := w.signIn(q, w.Token)
	return w.led(w.decide(ticket, "allow")).Get("code")
}

// led returns what is sent back to an app.
func (w *world) led(a answer) url.Values {
	w.t.Helper()
	if a.status != http.StatusSeeOther {
		w.t.Fatalf("it leads nowhere: %d %s", a.status, a.body)
	}
	return apitest.Must(url.Parse(a.header.Get("Location")))(w.t).Query()
}

// exchange is what an app sends for a code.
func (c credentials) exchange(code string, changes ...string) url.Values {
	q := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {c.ClientID}, "client_secret": {c.ClientSecret},
		"redirect_uri": {c.RedirectURIs[0]}, "code": {code},
	}
	for i := 0; i < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return q
}

type token struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	Scope       string
	CreatedAt   int64 `json:"created_at"`
}

// token sends what must give a token.
func (w *world) token(q url.Values, header ...string) token {
	w.t.Helper()
	a := w.send("POST", "/oauth/token", q, header...)
	var t token
	if err := json.Unmarshal([]byte(a.body), &t); err != nil || a.status != 200 || t.AccessToken == "" || t.TokenType != "Bearer" || t.CreatedAt == 0 {
		w.t.Fatalf("no token: %d %s", a.status, a.body)
	}
	if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Pragma") != "no-cache" {
		w.t.Errorf("the token may be kept: %v", a.header)
	}
	return t
}

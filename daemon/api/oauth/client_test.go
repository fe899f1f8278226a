package oauth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	gomastodon "github.com/mattn/go-mastodon"

	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/internal/apitest"
)

// TestAnAppThatIsNotOursSignsIn uses a library that knows nothing of rossgram, and
// the address of a server that waits for the code.
func TestAnAppThatIsNotOursSignsIn(t *testing.T) {
	w := newWorld(t)
	codes := make(chan url.Values, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { codes <- r.URL.Query() }))
	defer server.Close()

	app := apitest.Must(gomastodon.RegisterApp(t.Context(), &gomastodon.AppConfig{
		Server: w.URL, ClientName: "A camera", RedirectURIs: server.URL + "/back", Scopes: "read write follow", Website: "https://camera.example",
	}))(t)
	asked := apitest.Must(url.Parse(app.AuthURI))(t)
	if a := w.send("GET", app.AuthURI, nil); a.status != 200 || !strings.Contains(a.body, "A camera") || !strings.Contains(a.body, "rossgram open") {
		t.Fatalf("the page is %d %s", a.status, a.body)
	}
	page, ticket := w.signIn(asked.Query(), w.node.TokenFor("read", "write", "follow"))
	for _, want := range []string{"A camera", "https://camera.example", "Anna &lt;b&gt;", w.node.Owner.Fingerprint(), "post, change and delete", server.Listener.Addr().String()} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page does not say %q: %s", want, page.body)
		}
	}
	w.send("GET", w.decide(ticket, "allow").header.Get("Location"), nil)

	c := gomastodon.NewClient(&gomastodon.Config{Server: w.URL, ClientID: app.ClientID, ClientSecret: app.ClientSecret})
	apitest.Check(t, c.GetUserAccessToken(t.Context(), (<-codes).Get("code"), app.RedirectURI))
	me := apitest.Must(c.GetAccountCurrentUser(t.Context()))(t)
	if !strings.HasSuffix(me.Acct, w.node.Owner.Fingerprint()) {
		t.Errorf("signed in as %+v", me)
	}
	if of := apitest.Must(c.VerifyAppCredentials(t.Context()))(t); of.Name != "A camera" || of.Website != "https://camera.example" {
		t.Errorf("the token is of %+v", of)
	}
	granted := func(t access.Token) bool { return t.Name == "A camera" && t.App == app.ClientID && t.LastUsed != 0 }
	if list := w.node.Access.List(w.node.Owner); !slices.ContainsFunc(list, granted) {
		t.Errorf("the tokens are %+v", list)
	}

	apitest.Check(t, c.GetAppAccessToken(t.Context(), app.RedirectURI))
	if of := apitest.Must(c.VerifyAppCredentials(t.Context()))(t); of.Name != "A camera" {
		t.Errorf("its own token is of %+v", of)
	}
	if _, err := c.GetAccountCurrentUser(t.Context()); err == nil || !strings.Contains(err.Error(), "authenticated user") {
		t.Errorf("its own token opens the account: %v", err)
	}
}

func TestAnAppThatNoBrowserLeadsBackTo(t *testing.T) {
	w := newWorld(t)
	app := apitest.Must(gomastodon.RegisterApp(t.Context(), &gomastodon.AppConfig{Server: w.URL, ClientName: "toot", Scopes: "read"}))(t)
	asked := apitest.Must(url.Parse(app.AuthURI))(t).Query()

	_, ticket := w.signIn(asked, w.Token)
	if page := w.decide(ticket, "deny"); page.status != 200 || page.header.Get("Location") != "" || !strings.Contains(page.body, "not let in") {
		t.Errorf("a no: %d %s", page.status, page.body)
	}
	_, ticket = w.signIn(asked, w.Token)
	page := w.decide(ticket, "allow")
	_, code, _ := strings.Cut(page.body, `<code id="code">`)
	code, _, _ = strings.Cut(code, "<")
	if page.status != 200 || page.header.Get("Cache-Control") != "no-store" || code == "" {
		t.Fatalf("a yes: %d %v %s", page.status, page.header, page.body)
	}
	c := gomastodon.NewClient(&gomastodon.Config{Server: w.URL, ClientID: app.ClientID, ClientSecret: app.ClientSecret})
	apitest.Check(t, c.GetUserAccessToken(t.Context(), code, oob))
	apitest.Must(c.GetAccountCurrentUser(t.Context()))(t)
}

func TestRegistering(t *testing.T) {
	w := newWorld(t)
	form := w.send("POST", "/api/v1/apps", url.Values{
		"client_name": {"Tusky"}, "redirect_uris": {"tusky://app.example/\n" + oob}, "scopes": {"read write:media"}, "website": {""},
	})
	for _, want := range []string{`"redirect_uris":["tusky://app.example/","` + oob + `"]`, `"scopes":["read","write:media"]`, `"website":null`, `"vapid_key":""`, `"client_secret_expires_at":0`} {
		if form.status != 200 || !strings.Contains(form.body, want) {
			t.Errorf("no %s: %d %s", want, form.status, form.body)
		}
	}
	if c := w.register("list", callback, callback, oob); len(c.RedirectURIs) != 2 || c.RedirectURI != callback+"\n"+oob {
		t.Errorf("%+v", c)
	}
	good := func() url.Values { return url.Values{"client_name": {"n"}, "redirect_uris": {callback}} }
	for _, change := range []func(url.Values){
		func(v url.Values) { v.Del("client_name") },
		func(v url.Values) { v.Del("redirect_uris") },
		func(v url.Values) { v.Set("redirect_uris", "javascript:alert(1)") },
		func(v url.Values) { v.Set("redirect_uris", callback+"\nhttp://app.example/") },
		func(v url.Values) { v.Set("scopes", "read admin:read") },
		func(v url.Values) { v.Set("scopes", "admin") },
		func(v url.Values) { v.Set("scopes", "everything") },
		func(v url.Values) { v.Set("website", "javascript:alert(1)") },
	} {
		v := good()
		change(v)
		if a := w.send("POST", "/api/v1/apps", v); a.status != 422 || !strings.Contains(a.body, `"error":`) {
			t.Errorf("%v: %d %s", v, a.status, a.body)
		}
	}
}

func TestStrangersRegisterSeldom(t *testing.T) {
	w := newWorld(t)
	n := 0
	for ; n < 100; n++ {
		if a := w.send("POST", "/api/v1/apps", url.Values{}); a.status == 429 {
			break
		}
	}
	if n != 30 {
		t.Errorf("%d apps were registered at once", n)
	}
}

func TestMetadata(t *testing.T) {
	w := newWorld(t)
	var m struct {
		Issuer     string
		Authorize  string   `json:"authorization_endpoint"`
		Apps       string   `json:"app_registration_endpoint"`
		Scopes     []string `json:"scopes_supported"`
		Challenges []string `json:"code_challenge_methods_supported"`
	}
	w.With("").Get("/.well-known/oauth-authorization-server").Want(t, 200).JSON(t, &m)
	if m.Issuer != w.URL || m.Authorize != w.URL+"/oauth/authorize" || m.Apps != w.URL+"/api/v1/apps" || len(m.Scopes) < 20 || m.Challenges[0] != "S256" {
		t.Errorf("%+v", m)
	}
}

func TestWhoATokenIsFor(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{"GET", "POST"} {
		var u struct{ Iss, Sub, Name, Picture string }
		w.With(w.node.TokenFor("profile")).Do(method, "/oauth/userinfo", nil).Want(t, 200).JSON(t, &u)
		if u.Iss != w.URL || !strings.Contains(u.Sub, w.node.Owner.String()) || u.Name != "Anna <b>" || u.Picture == "" {
			t.Errorf("%+v", u)
		}
	}
	w.With(w.node.TokenFor("profile")).Get("/api/v1/accounts/verify_credentials").Want(t, 200)
	w.With(w.node.TokenFor("profile")).Get("/api/v1/timelines/home").Want(t, 403)
}

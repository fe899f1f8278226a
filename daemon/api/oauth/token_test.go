package oauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rossgram.app/daemon/api/internal/apitest"
)

func TestAnAnswerGoesBackToTheApp(t *testing.T) {
	w := newWorld(t)
	app := w.register("app", callback)
	_, ticket := w.signIn(app.ask(), w.Token)
	a := w.decide(ticket, "allow")
	if got := w.led(a); !strings.HasPrefix(a.header.Get("Location"), callback+"&") || got.Get("keep") != "1" || got.Get("state") != "a&b <c>" || got.Get("code") == "" {
		t.Errorf("a yes leads to %s", a.header.Get("Location"))
	}
	_, ticket = w.signIn(app.ask(), w.Token)
	if got := w.led(w.decide(ticket, "deny")); got.Get("error") != "access_denied" || got.Get("state") != "a&b <c>" || got.Has("code") {
		t.Errorf("a no leads to %v", got)
	}
	_, ticket = w.signIn(app.ask("state", ""), w.Token)
	if got := w.led(w.decide(ticket, "")); got.Get("error") != "access_denied" || got.Has("state") {
		t.Errorf("no answer leads to %v", got)
	}
}

func TestATokenMayWhatWasShown(t *testing.T) {
	w := newWorld(t)
	app := w.register("app", callback)
	got := w.token(app.exchange(w.code(app.ask("scope", "read:statuses write:media"))))
	if got.Scope != "read:statuses write:media" {
		t.Errorf("the scope is %q", got.Scope)
	}
	c := w.With(got.AccessToken)
	c.Get("/api/v1/timelines/home").Want(t, 200)
	c.Get("/api/v1/accounts/verify_credentials").Want(t, 403)
	if got := w.token(app.exchange(w.code(app.ask("scope", "")))); got.Scope != "read" {
		t.Errorf("without a scope it is %q", got.Scope)
	}
}

func TestAnAppWithoutASecretShowsThatItAsked(t *testing.T) {
	w := newWorld(t)
	app := w.register("app", callback)
	ask := app.ask("code_challenge", challenge, "code_challenge_method", "S256")
	w.token(app.exchange(w.code(ask), "client_secret", "", "code_verifier", verifier))
	w.token(app.exchange(w.code(ask), "code_verifier", verifier))
	for name, change := range map[string][]string{
		"no verifier":       {},
		"a wrong verifier":  {"code_verifier", strings.Repeat("a", 43)},
		"the challenge":     {"code_verifier", challenge},
		"too short a one":   {"code_verifier", "a"},
		"no secret either":  {"client_secret", ""},
		"wrong, but secret": {"client_secret", app.ClientSecret, "code_verifier", verifier + "x"},
	} {
		t.Run(name, func(*testing.T) {
			code := w.code(ask)
			w.refused(w.send("POST", "/oauth/token", app.exchange(code, change...)), 400, "invalid_grant")
			w.refused(w.send("POST", "/oauth/token", app.exchange(code, "code_verifier", verifier)), 400, "invalid_grant") // spent
		})
	}
	w.refused(w.send("POST", "/oauth/token", app.exchange(w.code(app.ask()), "client_secret", "")), 401, "invalid_client")
	w.refused(w.send("POST", "/oauth/token", app.exchange(w.code(app.ask()), "code_verifier", verifier)), 400, "invalid_grant") // taken away on the way
}

func TestACodeIsForOneAppAndOneUse(t *testing.T) {
	w := newWorld(t)
	app, thief := w.register("app", callback), w.register("thief", callback)
	w.refused(w.send("POST", "/oauth/token", thief.exchange(w.code(app.ask()))), 400, "invalid_grant")
	w.refused(w.send("POST", "/oauth/token", app.exchange(w.code(app.ask()), "redirect_uri", "https://app.example/other")), 400, "invalid_grant")
	w.refused(w.send("POST", "/oauth/token", app.exchange(w.code(app.ask()), "redirect_uri", "")), 400, "invalid_grant")
	w.refused(w.send("POST", "/oauth/token", app.exchange("nothing")), 400, "invalid_grant")

	code := w.code(app.ask())
	first := w.token(app.exchange(code))
	w.With(first.AccessToken).Get("/api/v1/timelines/home").Want(t, 200)
	w.refused(w.send("POST", "/oauth/token", app.exchange(code)), 400, "invalid_grant")
	w.With(first.AccessToken).Get("/api/v1/timelines/home").Want(t, 401)
}

func TestHowAnAppShowsItself(t *testing.T) {
	w := newWorld(t)
	app := w.register("app", callback)
	own := url.Values{"grant_type": {"client_credentials"}}
	basic := func(id, secret string) []string {
		req := apitest.Must(http.NewRequestWithContext(t.Context(), "POST", w.URL, nil))(t)
		req.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
		return []string{"Authorization", req.Header.Get("Authorization")}
	}
	if got := w.token(own, basic(app.ClientID, app.ClientSecret)...); got.Scope != "read" {
		t.Errorf("%+v", got)
	}
	bad := w.send("POST", "/oauth/token", own, basic(app.ClientID, "wrong")...)
	w.refused(bad, 401, "invalid_client")
	if !strings.HasPrefix(bad.header.Get("WWW-Authenticate"), "Basic") {
		t.Errorf("asked for %q", bad.header.Get("WWW-Authenticate"))
	}
	for _, c := range []struct {
		status int
		name   string
		change []string
	}{
		{401, "invalid_client", []string{"client_id", "nobody"}},
		{401, "invalid_client", []string{"client_secret", "wrong"}},
		{401, "invalid_client", []string{"client_secret", "", "grant_type", "client_credentials"}},
		{400, "invalid_request", []string{"grant_type", ""}},
		{400, "invalid_request", []string{"code", ""}},
		{400, "unsupported_grant_type", []string{"grant_type", "password"}},
		{400, "unsupported_grant_type", []string{"grant_type", "refresh_token"}},
		{400, "invalid_scope", []string{"grant_type", "client_credentials", "scope", "admin"}},
		{400, "invalid_scope", []string{"grant_type", "client_credentials", "scope", "read nothing"}},
	} {
		w.refused(w.send("POST", "/oauth/token", app.exchange("x", c.change...)), c.status, c.name)
	}
	twice := app.exchange("x")
	twice.Add("client_id", app.ClientID)
	w.refused(w.send("POST", "/oauth/token", twice), 400, "invalid_request")
	w.refused(w.send("POST", "/oauth/token", nil, "Content-Type", "application/json"), 400, "invalid_request")
}

func TestAnAppGivesItsTokenBack(t *testing.T) {
	w := newWorld(t)
	app, other := w.register("app", callback), w.register("other", callback)
	got := w.token(app.exchange(w.code(app.ask()))).AccessToken
	back := func(c credentials, secret, token string) answer {
		return w.send("POST", "/oauth/revoke", url.Values{"client_id": {c.ClientID}, "client_secret": {secret}, "token": {token}})
	}
	w.refused(back(other, other.ClientSecret, got), 403, "unauthorized_client")
	w.refused(back(app, app.ClientSecret, w.Token), 403, "unauthorized_client")
	w.refused(back(app, "wrong", got), 401, "invalid_client")
	w.refused(back(app, "", ""), 400, "invalid_request")
	w.With(got).Get("/api/v1/timelines/home").Want(t, 200)
	for range 2 { // a token that is not there is revoked
		if a := back(app, app.ClientSecret, got); a.status != 200 || a.body != "{}\n" {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	w.With(got).Get("/api/v1/timelines/home").Want(t, 401)
	second := w.token(app.exchange(w.code(app.ask()))).AccessToken
	if a := back(app, "", second); a.status != 200 {
		t.Errorf("without a secret: %d %s", a.status, a.body)
	}
}

func TestATokenMadeByHandIsAnAppOfItsName(t *testing.T) {
	w := newWorld(t)
	a := w.With(w.node.TokenFor("write")).Get("/api/v1/apps/verify_credentials").Want(t, 200)
	if !strings.Contains(string(a.Body), t.Name()) || !strings.Contains(string(a.Body), `"scopes":["write"]`) {
		t.Errorf("%s", a.Body)
	}
	w.With("").Get("/api/v1/apps/verify_credentials").Want(t, 401)
}

package access_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/access"
)

func register(t *testing.T, a *access.Access, name string) access.App {
	t.Helper()
	app, _, err := a.Register(t.Context(), access.App{Name: name, Redirects: []string{"https://app.example/"}, Scopes: access.Scopes{"read", "write"}})
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func right(access.Grant) error { return nil }

// signIn lets an app in and returns the secret of its token.
func signIn(t *testing.T, a *access.Access, app access.App) (access.Token, string) {
	t.Helper()
	token, secret, err := a.Exchange(t.Context(), a.Grant(access.Grant{App: app.ID, Account: anna, Scopes: access.Scopes{"read"}}), right)
	if err != nil {
		t.Fatal(err)
	}
	return token, secret
}

func TestAnAppAndItsTokensOutliveARestart(t *testing.T) {
	h := newHome(t)
	var app access.App
	var secret, token, own string
	t.Run("first run", func(t *testing.T) {
		a := h.open(t)
		var err error
		app, secret, err = a.Register(t.Context(), access.App{Name: " toot ", Redirects: []string{"urn:x"}, Scopes: access.Scopes{"read"}})
		if err != nil {
			t.Fatal(err)
		}
		_, token = signIn(t, a, app)
		if _, own, err = a.AppToken(t.Context(), app.ID, access.Scopes{"read"}); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("second run", func(t *testing.T) {
		a := h.open(t)
		again, err := a.App(app.ID)
		if err != nil || again.Name != "toot" || !again.HasSecret(secret) || again.HasSecret("") || again.HasSecret(secret+"x") {
			t.Errorf("%+v, %v", again, err)
		}
		if got, err := a.Authenticate(t.Context(), token); err != nil || got.App != app.ID || got.Account != anna || got.Name != "toot" {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := a.Authenticate(t.Context(), own); err != nil || got.App != app.ID || !got.Account.IsZero() {
			t.Errorf("%+v, %v", got, err)
		}
		if list := a.List(anna); len(list) != 1 || list[0].App != app.ID {
			t.Errorf("listed: %+v", list)
		}
	})
}

func TestWhatCanBeNoApp(t *testing.T) {
	a := newHome(t).open(t)
	good := access.App{Name: "n", Redirects: []string{"https://app.example/"}, Scopes: access.Scopes{"read"}}
	for words, change := range map[string]func(*access.App){
		"1 to 60":       func(app *access.App) { app.Name = strings.Repeat("n", 61) },
		"1 to":          func(app *access.App) { app.Name = " " },
		"one line":      func(app *access.App) { app.Name = "a\nb" },
		"one direction": func(app *access.App) { app.Name = "toot\u202egro" },
		"redirect_uris": func(app *access.App) { app.Redirects = nil },
		"2000 bytes":    func(app *access.App) { app.Redirects = []string{strings.Repeat("x", 1001), strings.Repeat("x", 1000)} },
		"website":       func(app *access.App) { app.Website = strings.Repeat("x", 2001) },
		"no scope":      func(app *access.App) { app.Scopes = access.Scopes{"everything"} },
		"is given":      func(app *access.App) { app.Scopes = access.Scopes{"read", "admin"} },
		`"admin:read"`:  func(app *access.App) { app.Scopes = access.Scopes{"admin:read"} },
		"some scopes":   func(app *access.App) { app.Scopes = nil },
	} {
		app := good
		change(&app)
		_, _, err := a.Register(t.Context(), app)
		wantKind(t, err, content.Invalid, words)
	}
}

func TestStrangersPushOutOnlyAppsThatNobodyUses(t *testing.T) {
	h := newHome(t)
	a := h.open(t)
	used, waiting := register(t, a, "used"), register(t, a, "waiting")
	_, own, err := a.AppToken(t.Context(), waiting.ID, access.Scopes{"read"})
	if err != nil {
		t.Fatal(err)
	}
	token, _ := signIn(t, a, used)
	flood := func() {
		for i := range access.MaxApps {
			h.now = h.now.Add(time.Second)
			register(t, a, fmt.Sprint(i))
		}
	}
	flood()
	if _, err := a.App(used.ID); err != nil {
		t.Errorf("the app in use: %v", err)
	}
	_, err = a.App(waiting.ID)
	wantKind(t, err, content.NotFound, "forgotten")
	_, err = a.Authenticate(t.Context(), own)
	wantKind(t, err, content.Permission, "not known")
	if err := a.Revoke(t.Context(), anna, token.ID); err != nil {
		t.Fatal(err)
	}
	flood()
	_, err = a.App(used.ID)
	wantKind(t, err, content.NotFound, "forgotten")
}

func TestACodeIsGoodOnceAndForTenMinutes(t *testing.T) {
	h := newHome(t)
	a := h.open(t)
	app := register(t, a, "toot")
	grant := access.Grant{App: app.ID, Account: anna, Scopes: access.Scopes{"read"}}

	code := a.Grant(grant)
	h.now = h.now.Add(access.CodeLifetime)
	_, _, err := a.Exchange(t.Context(), code, right)
	wantKind(t, err, content.Permission, "older than")

	code = a.Grant(grant)
	wrong := errors.New("wrong app")
	if _, _, err := a.Exchange(t.Context(), code, func(access.Grant) error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("a wrong app: %v", err)
	}
	_, _, err = a.Exchange(t.Context(), code, right)
	wantKind(t, err, content.Permission, "used before")

	code = a.Grant(grant)
	_, secret, err := a.Exchange(t.Context(), code, right)
	if err != nil {
		t.Fatal(err)
	}
	h.now = h.now.Add(time.Hour) // a thief is late
	_, _, err = a.Exchange(t.Context(), code, right)
	wantKind(t, err, content.Permission, "revoked")
	_, err = a.Authenticate(t.Context(), secret)
	wantKind(t, err, content.Permission, "revoked")
}

// TestACodeUsedTwiceAtOnceGivesNothing also while the first use is under way.
func TestACodeUsedTwiceAtOnceGivesNothing(t *testing.T) {
	a := newHome(t).open(t)
	app := register(t, a, "toot")
	for range 20 {
		code := a.Grant(access.Grant{App: app.ID, Account: anna, Scopes: access.Scopes{"read"}})
		var tries sync.WaitGroup
		for range 4 {
			tries.Go(func() { _, _, _ = a.Exchange(t.Context(), code, right) }) // what is left counts
		}
		tries.Wait()
	}
	if list := a.List(anna); len(list) != 0 {
		t.Errorf("there are %d tokens left", len(list))
	}
}

func TestTokensOfOneAppHaveNamesOfTheirOwn(t *testing.T) {
	a := newHome(t).open(t)
	app := register(t, a, strings.Repeat("ö", access.MaxAppName))
	first, _ := signIn(t, a, app)
	second, _ := signIn(t, a, app)
	if first.Name == second.Name || len(second.Name) > access.MaxName || !strings.HasPrefix(second.Name, "öö") {
		t.Errorf("%q and %q", first.Name, second.Name)
	}
}

func TestAnAppsOwnTokensAreFewAndCanBeGivenBack(t *testing.T) {
	a := newHome(t).open(t)
	app, other := register(t, a, "toot"), register(t, a, "other")
	var secrets []string
	for range 5 {
		_, secret, err := a.AppToken(t.Context(), app.ID, access.Scopes{"read"})
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, secret)
	}
	good := func(secret string) bool { _, err := a.Authenticate(t.Context(), secret); return err == nil }
	if good(secrets[0]) || !good(secrets[1]) || !good(secrets[4]) {
		t.Error("not the last four are good")
	}
	wantKind(t, a.RevokeSecret(t.Context(), other.ID, secrets[4]), content.Permission, "another app")
	_, granted := signIn(t, a, app)
	for _, secret := range []string{secrets[4], granted, granted, "rgt_nothing"} {
		if err := a.RevokeSecret(t.Context(), app.ID, secret); err != nil || good(secret) {
			t.Errorf("%v, still good: %v", err, good(secret))
		}
	}
	if !good(secrets[3]) {
		t.Error("another token ended too")
	}
	_, made, err := a.Create(t.Context(), anna, "phone", access.Scopes{access.Read})
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, a.RevokeSecret(t.Context(), app.ID, made), content.Permission, "another app")
}

func TestWhatAnOwnersTokenMayGive(t *testing.T) {
	for _, c := range []struct {
		has, give string
		want      bool
	}{
		{"read write follow", "read write follow push profile", true},
		{"read write", "follow", true},
		{"read", "follow", false},
		{"read", "read:statuses push profile", true},
		{"read:statuses", "read", false},
		{"read:statuses", "push", false},
		{"read:statuses", "read:statuses", true},
		{"read write follow admin", "admin", false},
	} {
		if got := access.ParseScopes(c.has).MayGive(access.ParseScopes(c.give)); got != c.want {
			t.Errorf("%s gives %s: %v", c.has, c.give, got)
		}
	}
}

func TestScopesInWords(t *testing.T) {
	s := access.ParseScopes(" read  write:media read\tpush ")
	if s.String() != "read write:media push" || s.CheckApp() != nil {
		t.Errorf("%q, %v", s, s.CheckApp())
	}
	if all := access.AppScopes(); all.CheckApp() != nil || slices.Contains(all, access.Admin) {
		t.Errorf("%v: %v", all, all.CheckApp())
	}
}

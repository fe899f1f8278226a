package oauth_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"rossgram.app/daemon/access"
)

// TestWhatIsWrongLeadsNobodyAway: anybody can register an app, so a node that leads
// on by itself would lead anywhere.
func TestWhatIsWrongLeadsNobodyAway(t *testing.T) {
	w := newWorld(t)
	app := w.register("app", callback, "http://127.0.0.1/back", "http://localhost:1/back", "app://x")
	for name, c := range map[string]struct {
		change []string
		words  string
		back   string // the error that a link tells the app
	}{
		"no app":                  {[]string{"client_id", ""}, "not known", ""},
		"unknown app":             {[]string{"client_id", "x"}, "not known", ""},
		"no address":              {[]string{"redirect_uri", ""}, "redirect_uri", ""},
		"another site":            {[]string{"redirect_uri", "https://evil.example/"}, "redirect_uri", ""},
		"another path":            {[]string{"redirect_uri", "https://app.example/callback/../x"}, "redirect_uri", ""},
		"another query":           {[]string{"redirect_uri", callback + "&x=1"}, "redirect_uri", ""},
		"another case":            {[]string{"redirect_uri", strings.ToUpper(callback)}, "redirect_uri", ""},
		"a name before":           {[]string{"redirect_uri", "https://app.example@evil.example/callback?keep=1"}, "redirect_uri", ""},
		"a fragment":              {[]string{"redirect_uri", callback + "#x"}, "redirect_uri", ""},
		"another port of a site":  {[]string{"redirect_uri", "https://app.example:8443/callback?keep=1"}, "redirect_uri", ""},
		"another port of a name":  {[]string{"redirect_uri", "http://localhost:2/back"}, "redirect_uri", ""},
		"another loopback":        {[]string{"redirect_uri", "http://127.0.0.2:5/back"}, "redirect_uri", ""},
		"a path beside loopback":  {[]string{"redirect_uri", "http://127.0.0.1:5/back/x"}, "redirect_uri", ""},
		"a script":                {[]string{"redirect_uri", "javascript:alert(1)"}, "redirect_uri", ""},
		"an implicit grant":       {[]string{"response_type", "token"}, "response_type", "unsupported_response_type"},
		"plain PKCE":              {[]string{"code_challenge", challenge, "code_challenge_method", "plain"}, "S256", "invalid_request"},
		"PKCE without a method":   {[]string{"code_challenge", challenge}, "S256", "invalid_request"},
		"a challenge that is not": {[]string{"code_challenge", "x", "code_challenge_method", "S256"}, "S256", "invalid_request"},
		"admin":                   {[]string{"scope", "read admin"}, "no app is given", "invalid_scope"},
		"a scope there is not":    {[]string{"scope", "everything"}, "everything", "invalid_scope"},
		"an answer in a fragment": {[]string{"response_mode", "fragment"}, "response_mode", "invalid_request"},
		"a long state":            {[]string{"state", strings.Repeat("s", 2001)}, "state", "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			q := app.ask(c.change...)
			for _, a := range []answer{
				w.send("GET", "/oauth/authorize?"+q.Encode(), nil),
				w.send("POST", "/oauth/sign-in?"+q.Encode(), url.Values{"credential": {w.Token}}),
			} {
				if a.status != 400 || a.header.Get("Location") != "" || !strings.Contains(a.body, c.words) {
					t.Errorf("%d %v %s", a.status, a.header, a.body)
				}
				if back := strings.Contains(a.body, "href=\"https://app.example/callback?keep=1&amp;error="+c.back); back != (c.back != "") || strings.Contains(a.body, "evil") {
					t.Errorf("it leads back: %v\n%s", back, a.body)
				}
			}
		})
	}
	narrow, _, err := w.node.Access.Register(t.Context(), access.App{Name: "n", Redirects: []string{callback}, Scopes: access.Scopes{"read"}})
	if err != nil {
		t.Fatal(err)
	}
	if a := w.send("GET", "/oauth/authorize?"+app.ask("client_id", narrow.ID, "scope", "write").Encode(), nil); a.status != 400 || !strings.Contains(a.body, "more than it registered") {
		t.Errorf("more than it registered for: %d %s", a.status, a.body)
	}
}

func TestAProgramMayListenAtAnyPort(t *testing.T) {
	w := newWorld(t)
	app := w.register("app", "http://127.0.0.1/back", "http://[::1]:1/back", "app://x")
	for _, uri := range []string{"http://127.0.0.1:54321/back", "http://[::1]:54321/back", "app://x"} {
		code := w.code(app.ask("redirect_uri", uri))
		w.refused(w.send("POST", "/oauth/token", app.exchange(code)), 400, "invalid_grant") // the registered one
		w.token(app.exchange(w.code(app.ask("redirect_uri", uri)), "redirect_uri", uri))
	}
}

func TestWhatProvesTheOwner(t *testing.T) {
	w := newWorld(t)
	app := w.register("app", callback)
	link := func() string { code, _ := w.node.Access.Link(w.node.Owner); return w.URL + "/#code=" + code }
	_, code, _ := strings.Cut(link(), "=")
	granted := w.token(app.exchange(w.code(app.ask()))).AccessToken
	before := len(w.node.Access.List(w.node.Owner))
	used := link()
	for _, c := range []struct {
		name, credential, words string // no words if it proves the owner
	}{
		{"a link", used, ""},
		{"a used link", used, "used already"},
		{"its code", code, ""},
		{"a browser's token", w.node.TokenFor(access.BrowserScopes()...), ""},
		{"nothing", "", "used already"},
		{"an unknown token", "rgt_x", "not known"},
		{"a token that may less", w.node.TokenFor("read"), "may do less"},
		{"an app's token", granted, "token of an app"},
	} {
		page, ticket := w.signIn(app.ask("scope", "read write follow push profile"), c.credential)
		if ok := page.status == 200 && ticket != ""; ok != (c.words == "") || !strings.Contains(page.body, c.words) {
			t.Errorf("%s: %d %s", c.name, page.status, page.body)
		}
		if c.words != "" && (page.status != 403 || strings.Contains(page.body, "data-go")) {
			t.Errorf("%s: %d; a script would go on with it for ever", c.name, page.status)
		}
	}
	if after := len(w.node.Access.List(w.node.Owner)); after != before+2 { // those that this test made
		t.Errorf("signing in left %d tokens, %d before", after, before)
	}
}

func TestAPageIsAnsweredOnceAndNotTooLate(t *testing.T) {
	w := newWorld(t)
	app := w.register("app", callback)
	_, ticket := w.signIn(app.ask(), w.Token)
	w.decide(ticket, "allow")
	_, late := w.signIn(app.ask(), w.Token)
	w.late.Store(int64(10 * time.Minute))
	for _, ticket := range []string{ticket, late, "", "guess"} {
		if a := w.decide(ticket, "allow"); a.status != 403 || a.header.Get("Location") != "" || !strings.Contains(a.body, "begin again") {
			t.Errorf("%q: %d %v", ticket, a.status, a.header)
		}
	}
	w.late.Store(0)
	_, first := w.signIn(app.ask(), w.Token)
	for range 64 {
		w.late.Add(int64(time.Second))
		_, ticket = w.signIn(app.ask(), w.Token)
	}
	if a := w.decide(first, "allow"); a.status != 403 {
		t.Errorf("the first of very many: %d", a.status)
	}
	if a := w.decide(ticket, "allow"); a.status != 303 {
		t.Errorf("the last of very many: %d", a.status)
	}
}

// TestAPageElsewhereCanDoNothing is what a page in the owner's browser may try.
func TestAPageElsewhereCanDoNothing(t *testing.T) {
	w := newWorld(t)
	app := w.register("app", callback)
	_, ticket := w.signIn(app.ask(), w.Token)
	for _, from := range [][]string{
		{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		{"Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:1"}, // another port of this machine
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
	} {
		a := w.send("POST", "/oauth/authorize", url.Values{"ticket": {ticket}, "answer": {"allow"}}, from...)
		b := w.send("POST", "/oauth/sign-in?"+app.ask().Encode(), url.Values{"credential": {w.Token}}, from...)
		for _, got := range []answer{a, b} {
			if got.status != 403 || got.header.Get("Location") != "" || got.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("from %v: %d %v", from, got.status, got.header)
			}
		}
	}
	if a := w.send("GET", "/oauth/authorize?ticket="+ticket+"&answer=allow", nil); a.status != 400 {
		t.Errorf("by a link: %d", a.status)
	}
	rebound := []string{"Host", "evil.example:" + apiPort(w), "Sec-Fetch-Site", "same-origin"}
	for _, path := range []string{"/oauth/authorize?" + app.ask().Encode(), "/oauth/token", "/api/v1/apps", "/.well-known/oauth-authorization-server"} {
		for _, method := range []string{"GET", "POST"} {
			if a := w.send(method, path, url.Values{}, rebound...); a.status != 421 {
				t.Errorf("%s %s by a name that is not ours: %d", method, path, a.status)
			}
		}
	}
	if a := w.decide(ticket, "allow"); a.status != 303 {
		t.Errorf("the owner themself: %d %s", a.status, a.body)
	}
}

func apiPort(w *world) string { return w.URL[strings.LastIndex(w.URL, ":")+1:] }

// TestAnAppOnTheWebReadsWhatItNeeds: what a browser lets a page of another origin
// read.
func TestAnAppOnTheWebReadsWhatItNeeds(t *testing.T) {
	w := newWorld(t)
	app := w.register("app", callback)
	ask := []string{"Origin", "https://app.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,x-client",
		"Access-Control-Request-Private-Network", "true"}
	for _, path := range []string{"/api/v1/apps", "/oauth/token", "/oauth/revoke", "/oauth/userinfo"} {
		a := w.send("OPTIONS", path, nil, ask...)
		if a.status != 204 || a.header.Get("Access-Control-Allow-Origin") != "*" || a.header.Get("Access-Control-Allow-Private-Network") != "true" ||
			!strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "*") || a.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s before: %d %v", path, a.status, a.header)
		}
		if a := w.send("POST", path, app.exchange("x"), "Origin", "https://app.example", "Authorization", "Bearer rgt_gone"); a.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
	}
	a := w.send("GET", "/oauth/authorize?"+app.ask().Encode(), nil, "Origin", "https://app.example")
	if a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("a page of another origin reads the page that asks")
	}
}

func TestNamesAreTextAndPagesAreGuarded(t *testing.T) {
	w := newWorld(t)
	const evil = `"><script>alert(1)</script>{{.}}`
	app := w.register(evil, callback, "tusky://x")
	q := app.ask("state", evil)
	consent, ticket := w.signIn(q, w.Token)
	other, _ := w.signIn(app.ask("redirect_uri", "tusky://x"), w.Token)
	pages := map[string]answer{
		"sign in": w.send("GET", "/oauth/authorize?"+q.Encode(), nil),
		"trouble": w.send("POST", "/oauth/sign-in?"+q.Encode(), url.Values{"credential": {evil}}),
		"consent": consent,
		"custom":  other,
		"refusal": w.send("GET", "/oauth/authorize?"+app.ask("state", evil, "scope", evil).Encode(), nil),
		"answer":  w.decide(ticket, "deny"),
	}
	for name, a := range pages {
		if strings.Contains(a.body, "<script>") || strings.Contains(a.body, "onclick") {
			t.Errorf("%s: %s", name, a.body)
		}
		csp := a.header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action "} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy lacks %s: %s", name, want, csp)
			}
		}
		if scripts := strings.Contains(csp, "script-src"); scripts != (name == "sign in" || name == "trouble") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s", name, csp)
		}
		for header, want := range map[string]string{
			"X-Frame-Options": "DENY", "Cache-Control": "no-store", "Referrer-Policy": "same-origin",
			"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := a.header.Get(header); got != want {
				t.Errorf("%s: %s is %q", name, header, got)
			}
		}
	}
	if strings.Contains(consent.body, "<script") || strings.Contains(other.body, "<script") {
		t.Error("the page that asks has a script")
	}
	if csp := other.header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "form-action 'self' tusky:") {
		t.Errorf("a browser would not lead to the app: %s", csp)
	}
	if !strings.Contains(pages["sign in"].body, "data-go") {
		t.Error("a browser that is signed in does not go on by itself")
	}
	if a := w.send("GET", "/oauth/authorize?"+app.ask("force_login", "true").Encode(), nil); strings.Contains(a.body, "data-go") {
		t.Error("it goes on by itself though the app wants the person to say who they are")
	}
}

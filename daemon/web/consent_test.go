package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// webApp is an app that is a page of another origin.
type webApp struct {
	node *node
	site *httptest.Server
	id   string
}

func newWebApp(t *testing.T, n *node) *webApp {
	t.Helper()
	app := &webApp{node: n, site: httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>app</title><link rel=icon href=data:,><body data-state=app>The app")) // seen below
	}))}
	t.Cleanup(app.site.Close)
	body, err := json.Marshal(map[string]any{"client_name": "A <i>web</i> app", "redirect_uris": []string{app.site.URL + "/back"}, "scopes": "read write"})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, n.api+"/api/v1/apps", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var got struct {
		ID string `json:"client_id"`
	}
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil || got.ID == "" {
		t.Fatalf("no app: %s, %v", res.Status, err)
	}
	app.id = got.ID
	return app
}

// The verifier and its challenge are those of RFC 7636, appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// ask is the address to which the app leads a browser.
func (app *webApp) ask() string {
	return app.node.api + "/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {app.id}, "redirect_uri": {app.site.URL + "/back"}, "scope": {"read write"}, "state": {"s"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}.Encode()
}

const (
	asked = `document.querySelector("#allow")`
	armed = asked + ` && getComputedStyle(document.querySelector("#allow")).pointerEvents === "auto"`
	back  = `document.body.dataset.state === "app" && location.pathname === "/back"`
)

func anAppIsLetIn(t *testing.T, b *browser) {
	n := startNode(t, "Anna")
	app := newWebApp(t, n)

	anna := b.open(t, n.link())
	anna.see("being signed in", signedIn)
	anna.do("follow the app", chromedp.Navigate(app.ask()))
	anna.see("whether to let it in", asked)
	for _, want := range []string{"A <i>web</i> app", "Anna", "post, change and delete", strings.TrimPrefix(app.site.URL, "http://")} {
		if !strings.Contains(anna.text(`document.body.innerText`), want) {
			t.Errorf("the page does not say %q:\n%s", want, anna.look())
		}
	}
	if got := anna.text(`String(document.scripts.length) + getComputedStyle(document.querySelector("#allow")).animationName`); got != "0arm" {
		t.Errorf("scripts, and what arms the button: %s", got)
	}
	anna.see("the button armed", armed)
	anna.click("#allow")
	anna.see("the app again", back)
	if got := app.use(anna); !strings.HasPrefix(got, "Anna, s, 200") {
		t.Errorf("the app sees %s", got)
	}

	anna.do("follow the app again", chromedp.Navigate(app.ask()))
	anna.see("whether to let it in", asked)
	anna.click("#deny")
	anna.see("the app again", back+` && location.search.includes("error=access_denied")`)
	anna.quiet()

	stranger := b.open(t, app.ask())
	stranger.see("what to do", `document.body.innerText.includes("rossgram open")`)
	stranger.do("paste a link", chromedp.SendKeys(chromedp.ID("credential"), n.link()))
	stranger.click("#sign-in .main-button")
	stranger.see("the button armed", armed)
	stranger.quiet()
}

// use trades the code for a token and calls the API with it and with none, as a
// page of another origin does.
func (app *webApp) use(p *tab) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {app.id}, "redirect_uri": {app.site.URL + "/back"}, "code_verifier": {verifier},
	}
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(`(async () => {
		const query = new URLSearchParams(location.search), body = new URLSearchParams(%q);
		body.set("code", query.get("code"));
		const { access_token } = await (await fetch(%q, { method: "POST", body })).json();
		const me = await fetch(%q, { headers: { Authorization: "Bearer " + access_token, "X-Client": "1" } });
		return (await me.json()).display_name + ", " + query.get("state") + ", " + me.status;
	})()`, form.Encode(), app.node.api+"/oauth/token", app.node.api+"/api/v1/accounts/verify_credentials"), chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

package cli

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/mattn/go-mastodon"
	"github.com/rogpeppe/go-internal/testscript"
)

// letIn has an app sign in, out of band, and the owner allow it.
func letIn(ts *testscript.TestScript, _ bool, a []string) {
	api := ts.Getenv(a[1] + "_api")
	app, err := mastodon.RegisterApp(context.Background(), &mastodon.AppConfig{Server: api, ClientName: a[2], Scopes: "read", Website: "https://app.example"})
	ts.Check(err)
	_, query, _ := strings.Cut(app.AuthURI, "?")
	owner := strings.TrimSpace(ts.ReadFile(filepath.Join(a[1], "token")))
	ticket := press(ts, api+"/oauth/sign-in?"+query, url.Values{"credential": {owner}}, `name="ticket" value="([^"]+)"`)
	code := press(ts, api+"/oauth/authorize", url.Values{"ticket": {ticket}, "answer": {"allow"}}, `id="code">([^<]+)<`)
	c := mastodon.NewClient(&mastodon.Config{Server: api, ClientID: app.ClientID, ClientSecret: app.ClientSecret})
	ts.Check(c.GetUserAccessToken(context.Background(), code, app.RedirectURI))
	ts.Setenv(a[0], c.Config.AccessToken)
}

// press sends a form and returns what an expression finds on the page that comes.
func press(ts *testscript.TestScript, address string, form url.Values, find string) string {
	res, err := http.PostForm(address, form)
	ts.Check(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	ts.Check(err)
	found := regexp.MustCompile(find).FindStringSubmatch(string(b))
	if found == nil {
		ts.Fatalf("%s answers %s: %s", address, res.Status, b)
	}
	return found[1]
}

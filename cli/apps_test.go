package cli

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"os/exec"
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
	code := allow(ts, a[1], app.AuthURI)
	c := mastodon.NewClient(&mastodon.Config{Server: api, ClientID: app.ClientID, ClientSecret: app.ClientSecret})
	ts.Check(c.GetUserAccessToken(context.Background(), code, app.RedirectURI))
	ts.Setenv(a[0], c.Config.AccessToken)
}

// allow is the owner of a daemon who lets in the app that asks at an address, and
// returns the code that is shown.
func allow(ts *testscript.TestScript, daemon, asks string) string {
	api := ts.Getenv(daemon + "_api")
	u, err := url.Parse(asks)
	ts.Check(err)
	owner := strings.TrimSpace(ts.ReadFile(filepath.Join(daemon, "token")))
	ticket := press(ts, api+"/oauth/sign-in?"+u.RawQuery, url.Values{"credential": {owner}}, `name="ticket" value="([^"]+)"`)
	return press(ts, api+"/oauth/authorize", url.Values{"ticket": {ticket}, "answer": {"allow"}}, `id="code">([^<]+)<`)
}

// tootIn signs toot, a client that is not ours, in at a daemon as its user would: it
// prints where to go, and asks for the code.
func tootIn(ts *testscript.TestScript, _ bool, a []string) {
	cmd := exec.Command("toot", "login", "--no-color", "--disable-https", "-i", strings.TrimPrefix(ts.Getenv(a[0]+"_api"), "http://"))
	cmd.Dir, cmd.Env = ts.MkAbs("."), append(environment(ts), "PYTHONUNBUFFERED=1")
	in, err := cmd.StdinPipe()
	ts.Check(err)
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	cmd.Stderr = cmd.Stdout
	ts.Check(cmd.Start())
	defer func() { _ = in.Close(); ts.Check(cmd.Wait()) }()
	var said strings.Builder
	lines := bufio.NewReader(io.TeeReader(out, &said))
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			ts.Fatalf("toot does not ask to be let in: %s", said.String())
		}
		if strings.Contains(line, "/oauth/authorize") {
			_, err := io.WriteString(in, "n\n"+allow(ts, a[0], strings.TrimSpace(line))+"\n") // it offers to open a browser
			ts.Check(err)
			_, err = io.Copy(io.Discard, lines)
			ts.Check(err)
			return
		}
	}
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

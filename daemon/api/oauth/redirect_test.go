package oauth

import (
	"strings"
	"testing"

	"rossgram.app/daemon/access"
)

func TestWhereCodesMayBeSent(t *testing.T) {
	for _, uri := range []string{
		outOfBand, "https://app.example", "https://app.example:8443/cb?x=1", "http://127.0.0.1/", "http://127.0.0.1:80/cb", "http://[::1]/cb",
		"http://localhost:3000/cb", "tusky://oauth", "oauth2redirect://com.keylesspalace.tusky/", "com.example.app:/cb", "mastodon://joinmastodon.org/oauth",
	} {
		if err := checkRedirect(uri); err != nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
	for _, uri := range []string{
		"", "/cb", "app.example", "http://app.example/cb", "http://127.0.0.1.evil.example/", "http://192.168.1.2/", "http://localhost.evil.example/",
		"https:", "https:///cb", "https://a@app.example/", "https://app.example/#x", "https://app.example/#", "javascript:alert(1)", "JavaScript://x/%0aalert(1)",
		"data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https://x/1", "about:blank", "view-source:https://x", "intent://x#Intent;end",
		"ms-msdt:/id", "urn:ietf:wg:oauth:2.0:oob:auto", "https://app.example/\\evil", "https://app.example/ x", "https://app.example/\"x", "https://ex\u00e4mple/",
		"https://app.example/\r\nX: y", "tusky://<x>", "://x", "http:127.0.0.1/",
	} {
		if checkRedirect(uri) == nil {
			t.Errorf("%q is let through", uri)
		}
	}
}

func TestEveryScopeIsSaidInWords(t *testing.T) {
	for name, lines := range map[string]int{"read read:statuses follow": 2, "read write follow push profile": 4, "read:follows follow": 1} {
		if got := inWords(access.ParseScopes(name)); len(got) != lines {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, s := range access.AppScopes() {
		if words[s] == "" || strings.HasSuffix(words[s], ".") {
			t.Errorf("%s is %q", s, words[s])
		}
	}
}

// FuzzRedirect looks for an address that is let through and leads elsewhere than it
// seems to.
func FuzzRedirect(f *testing.F) {
	f.Add("https://app.example/cb")
	f.Add("http://127.0.0.1:1/cb")
	f.Add("tusky://x")
	f.Fuzz(func(t *testing.T, uri string) {
		if checkRedirect(uri) != nil {
			return
		}
		if strings.ContainsAny(uri, " \t\r\n<>\"\\#") || strings.HasPrefix(strings.ToLower(uri), "javascript:") {
			t.Fatalf("%q", uri)
		}
		if !matches([]string{uri}, uri) || matches([]string{uri + "x"}, uri) {
			t.Fatalf("%q does not match itself alone", uri)
		}
	})
}

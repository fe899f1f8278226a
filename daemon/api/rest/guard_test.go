package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"rossgram.app/daemon/api/rest"
)

func TestHosts(t *testing.T) {
	s := newSite(t, "photos.example")
	s.router.Open("GET /x", says)
	_, port, _ := strings.Cut(strings.TrimPrefix(s.server.URL, "http://"), ":")
	for host, ours := range map[string]bool{
		"127.0.0.1:" + port: true, "localhost:" + port: true, "LOCALHOST:" + port: true, "localhost.:" + port: true,
		"photos.example": true, "Photos.Example:8443": true,
		"evil.example:" + port: false, "127.0.0.1": false, "localhost": false, "127.0.0.1:1": false, "127.0.0.2:" + port: false,
		"[::1]:" + port: false, "0.0.0.0:" + port: false, "photos.example.evil.example": false,
	} {
		got := s.do(request{path: "/x", header: []string{"Host", host}})
		if (got.status == 200) != ours || !ours && (got.status != 421 || !strings.Contains(got.message(), "api.names")) {
			t.Errorf("%s: %d %s", host, got.status, got.body)
		}
	}
}

func TestLinksBeginWhereTheCallerCameFrom(t *testing.T) {
	s := newSite(t, "photos.example")
	s.router.Open("GET /x", says)
	own := strings.TrimPrefix(s.server.URL, "http://")
	for _, c := range []struct{ host, proto, want string }{
		{own, "", "http://" + own},
		{own, "https", "http://" + own}, // nothing in front of loopback speaks TLS
		{"photos.example", "https", "https://photos.example"},
		{"photos.example:8443", "HTTPS", "https://photos.example:8443"},
		{"photos.example", "", "http://photos.example"},
		{"photos.example", `https"`, "http://photos.example"},
	} {
		got := s.do(request{path: "/x", header: []string{"Host", c.host, "X-Forwarded-Proto", c.proto}})
		if !strings.Contains(got.body, `"base":"`+c.want+`"`) {
			t.Errorf("%+v: %s", c, got.body)
		}
	}
}

// TestAPageOfAnotherOrigin is what a browser does with such a page: it asks
// before it sends a token, and shows the answer only where that is allowed.
func TestAPageOfAnotherOrigin(t *testing.T) {
	s := newSite(t)
	s.router.Handle("POST /secret", "read", says)
	s.router.Open("GET /open", says)
	const allowed = "Access-Control-Allow-Origin"
	origin := []string{"Origin", "https://app.example"}
	ask := append([]string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization"}, origin...)
	if got := s.do(request{method: "OPTIONS", path: "/secret", header: ask}); got.status != 204 || got.header.Get(allowed) != "*" ||
		!strings.Contains(got.header.Get("Access-Control-Allow-Headers"), "Authorization") || got.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("preflight: %d %v", got.status, got.header)
	}
	if got := s.do(request{method: "OPTIONS", path: "/secret", header: append(ask, "Access-Control-Request-Private-Network", "true")}); got.header.Get("Access-Control-Allow-Private-Network") != "true" {
		t.Errorf("preflight of a public page: %v", got.header)
	}
	if got := s.do(request{method: "POST", path: "/secret", header: origin, token: "rgt_revoked"}); got.status != 401 || got.header.Get(allowed) != "*" {
		t.Errorf("with a token that is none: %d %v", got.status, got.header)
	}
	if got := s.do(request{method: "POST", path: "/secret", header: origin}); got.status != 401 || got.header.Get(allowed) != "" {
		t.Errorf("without a token: %d %v", got.status, got.header)
	}
	if got := s.do(request{method: "POST", path: "/secret", header: origin, token: s.token("read")}); got.status != 200 || got.header.Get(allowed) != "*" {
		t.Errorf("with one: %d %v", got.status, got.header)
	}
	if got := s.do(request{path: "/open", header: origin}); got.header.Get(allowed) != "*" {
		t.Errorf("an open route: %v", got.header)
	}
}

func TestSameSite(t *testing.T) {
	for _, c := range []struct {
		site, origin string
		want         bool
	}{
		{"", "", true}, // no page: a program
		{"none", "", true},
		{"same-origin", "http://node:1", true},
		{"same-site", "", false},
		{"cross-site", "http://node:1", false},
		{"", "http://node:1", true},
		{"", "https://node:1", true},
		{"", "http://node:2", false},
		{"", "null", false},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://node:1/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Sec-Fetch-Site", c.site)
		req.Header.Set("Origin", c.origin)
		if got := rest.SameSite(req); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

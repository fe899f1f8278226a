package rest_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/rest"
)

var anna = content.AccountID{1}

// site is a router and its server.
type site struct {
	t      *testing.T
	router *rest.Router
	server *httptest.Server
	access *access.Access
	log    *strings.Builder
}

func newSite(t *testing.T, names ...string) *site {
	t.Helper()
	st, err := store.Open(t.Context(), t.TempDir(), store.Options{Reserve: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	a, err := access.Open(t.Context(), st.State().Bucket("access/"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, access: a, log: new(strings.Builder)}
	s.router = rest.New(a, rest.Hosts{Names: names}, slog.New(slog.NewTextHandler(s.log, nil)))
	s.server = httptest.NewServer(s.router)
	t.Cleanup(s.server.Close)
	return s
}

func (s *site) token(scopes ...access.Scope) string {
	s.t.Helper()
	_, secret, err := s.access.Create(s.t.Context(), anna, strings.ReplaceAll(s.t.Name(), "/", " ")+string(scopes[0]), scopes)
	if err != nil {
		s.t.Fatal(err)
	}
	return secret
}

// appToken returns a token that an app has for itself.
func (s *site) appToken(scopes ...access.Scope) string {
	s.t.Helper()
	app, _, err := s.access.Register(s.t.Context(), access.App{Name: "app", Redirects: []string{"urn:x"}, Scopes: scopes})
	if err != nil {
		s.t.Fatal(err)
	}
	_, secret, err := s.access.AppToken(s.t.Context(), app.ID, scopes)
	if err != nil {
		s.t.Fatal(err)
	}
	return secret
}

// request is a call; header holds names and values in turn.
type request struct {
	method, path, token, body string
	header                    []string
}

type answer struct {
	status int
	header http.Header
	body   string
}

// message is what an answer says went wrong.
func (a answer) message() string {
	var e struct{ Error string }
	_ = json.Unmarshal([]byte(a.body), &e) // "" where there is none
	return e.Error
}

func (s *site) do(r request) answer {
	s.t.Helper()
	if r.method == "" {
		r.method = "GET"
	}
	req, err := http.NewRequestWithContext(s.t.Context(), r.method, s.server.URL+r.path, strings.NewReader(r.body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(r.header); i += 2 {
		req.Header.Set(r.header[i], r.header[i+1])
		if r.header[i] == "Host" {
			req.Host = r.header[i+1]
		}
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(b)}
}

// says answers with who calls, and from where it is reached.
func says(_ context.Context, c *rest.Call) (any, error) {
	return map[string]any{"account": c.Token.Name != "", "base": c.Base, "id": c.Path("id")}, nil
}

func TestARouteIsReachedByItsScopeAlone(t *testing.T) {
	s := newSite(t)
	s.router.Handle("GET /posts/{id}", "read:statuses", says)
	for name, c := range map[string]struct {
		header []string
		token  string
		status int
		words  string
	}{
		"no token":      {status: 401, words: "rossgram open"},
		"unknown token": {token: "rgt_nothing", status: 401, words: "not known"},
		"basic":         {header: []string{"Authorization", "Basic YTpi"}, status: 401, words: "needs a token"},
		"other scope":   {token: s.token("write"), status: 403, words: `"error":"This action is outside the authorized scopes"`},
		"which scope":   {token: s.token("write:media"), status: 403, words: "read:statuses"},
		"an app's own":  {token: s.appToken("read"), status: 422, words: `"error":"This method requires an authenticated user"`},
		"scope":         {token: s.token("read"), status: 200},
		"narrow scope":  {token: s.token("read:statuses"), status: 200},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.do(request{path: "/posts/7", token: c.token, header: c.header})
			if got.status != c.status || !strings.Contains(got.body, c.words) {
				t.Errorf("%d %s", got.status, got.body)
			}
			if (got.header.Get("WWW-Authenticate") != "") != (c.status == 401) {
				t.Errorf("WWW-Authenticate: %q", got.header.Get("WWW-Authenticate"))
			}
			if c.status == 200 && !strings.Contains(got.body, `"id":"7"`) {
				t.Error(got.body)
			}
			if got.header.Get("Cache-Control") != "no-store" || got.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%v", got.header)
			}
		})
	}
	if got := s.do(request{path: "/elsewhere"}); got.status != 404 || !strings.Contains(got.message(), "/elsewhere") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := s.do(request{method: "POST", path: "/posts/7"}); got.status != 404 {
		t.Errorf("another method: %d %s", got.status, got.body)
	}
}

// TestASlashAtTheEndIsNoOtherRoute: apps that were written for Mastodon append one.
func TestASlashAtTheEndIsNoOtherRoute(t *testing.T) {
	s := newSite(t)
	s.router.Handle("GET /api/posts/{id}", "read:statuses", says)
	s.router.Handle("GET /page/{id}", "read:statuses", says)
	token := s.token("read")
	for path, status := range map[string]int{
		"/api/posts/7": 200, "/api/posts/7/": 200, "/api/posts/7/?x=1": 200, "/api/posts/": 404, "/api/posts/7//": 404,
		"/page/7": 200, "/page/7/": 404,
	} {
		if got := s.do(request{path: path, token: token}); got.status != status || status == 200 && !strings.Contains(got.body, `"id":"7"`) {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

func TestFailuresHaveTheirStatus(t *testing.T) {
	s := newSite(t)
	token := s.token("read")
	var fail error
	s.router.Handle("GET /", "read", func(context.Context, *rest.Call) (any, error) { return nil, fail })
	for kind, status := range map[content.Kind]int{
		content.NotFound: 404, content.Exists: 409, content.Conflict: 409, content.Invalid: 422, content.TooLarge: 422,
		content.Permission: 403, content.Quota: 507, content.Unavailable: 503, content.Corrupt: 500, content.Other: 500,
	} {
		s.log.Reset()
		fail = content.Errorf("test.Fail", kind, "say what to do")
		got := s.do(request{token: token, path: "/x"})
		if want := `{"error":"say what to do","error_description":"say what to do"}` + "\n"; got.status != status || got.body != want {
			t.Errorf("%v: %d %s", kind, got.status, got.body)
		}
		if logged := strings.Contains(s.log.String(), "test.Fail"); logged != (status == 500) {
			t.Errorf("%v in the log: %q", kind, s.log)
		}
	}
}

func TestAnswersOtherThan200(t *testing.T) {
	s := newSite(t)
	token := s.token("read")
	s.router.Handle("GET /none", "read", func(context.Context, *rest.Call) (any, error) { return rest.NoContent, nil })
	s.router.Handle("GET /later", "read", func(context.Context, *rest.Call) (any, error) { return rest.Status{Code: 202, Body: "x"}, nil })
	s.router.Handle("GET /own", "read", func(_ context.Context, c *rest.Call) (any, error) {
		c.Writer.Header().Set("Content-Type", "text/plain")
		_, err := io.WriteString(c.Writer, "mine")
		return rest.Written, err
	})
	for path, want := range map[string]answer{"/none": {status: 204}, "/later": {status: 202, body: "\"x\"\n"}, "/own": {status: 200, body: "mine"}} {
		if got := s.do(request{path: path, token: token}); got.status != want.status || got.body != want.body {
			t.Errorf("%s: %d %q", path, got.status, got.body)
		}
	}
}

func TestAnAppsOwnTokenOpensWhatConcernsTheApp(t *testing.T) {
	s := newSite(t)
	s.router.HandleApp("GET /app", says)
	for token, status := range map[string]int{s.appToken("read"): 200, s.token("write"): 200, "": 401, "rgt_x": 401} {
		if got := s.do(request{path: "/app", token: token}); got.status != status {
			t.Errorf("%d %s, want %d", got.status, got.body, status)
		}
	}
}

func TestAPageTakesFormsOfPagesOfOursOnly(t *testing.T) {
	s := newSite(t)
	s.router.Page("GET /page", says)
	s.router.Page("POST /page", says)
	foreign := []string{"Origin", "https://app.example", "Sec-Fetch-Site", "cross-site"}
	if got := s.do(request{path: "/page", header: foreign}); got.status != 200 || got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("led there by another page: %d %v", got.status, got.header)
	}
	for _, header := range [][]string{foreign, {"Origin", "null"}, {"Sec-Fetch-Site", "same-site"}} {
		if got := s.do(request{method: "POST", path: "/page", header: header}); got.status != 403 || got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("a form of %v: %d %v", header, got.status, got.header)
		}
	}
	if got := s.do(request{method: "POST", path: "/page", header: []string{"Sec-Fetch-Site", "same-origin"}}); got.status != 200 {
		t.Errorf("a form of ours: %d %s", got.status, got.body)
	}
}

func TestWhatCostsMoreIsHadLessOften(t *testing.T) {
	s := newSite(t)
	s.router.OpenCosting("POST /apps", 100, says)
	for i, status := range []int{200, 200, 200, 429} {
		if got := s.do(request{method: "POST", path: "/apps"}); got.status != status || got.header.Get("X-RateLimit-Remaining") == "" {
			t.Errorf("call %d: %d %v", i, got.status, got.header)
		}
	}
}

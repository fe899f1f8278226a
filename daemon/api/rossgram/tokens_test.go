package rossgram_test

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"rossgram.app/daemon/api/internal/apitest"
)

type token struct {
	ID, Name, Token string
	Scopes          []string
	LastUsedAt      *string `json:"last_used_at"`
}

func (p *person) newToken(name string, scopes ...string) token {
	p.t.Helper()
	var made token
	p.Do(http.MethodPost, ours+"tokens", map[string]any{"name": name, "scopes": scopes}).Want(p.t, http.StatusOK).JSON(p.t, &made)
	return made
}

func TestATokenIsShownOnceAndDoesWhatItMay(t *testing.T) {
	anna := newPerson(t, "Anna")
	made := anna.newToken("phone")
	if made.Token == "" || !slices.Equal(made.Scopes, []string{"read", "write", "follow"}) || made.LastUsedAt != nil {
		t.Errorf("made %+v", made)
	}
	phone := anna.With(made.Token)
	phone.Get(ours+"node").Want(t, http.StatusOK)
	for _, route := range []string{"POST peers", "POST tokens", "GET tokens", "DELETE tokens/x", "POST links", "POST gc", "POST verify", "POST reindex"} {
		method, path, _ := strings.Cut(route, " ")
		refused(t, phone.Do(method, ours+path, nil), http.StatusForbidden, "admin")
	}
	reader := anna.With(anna.newToken("reader", "read").Token)
	refused(t, reader.Do(http.MethodPost, ours+"invites", nil), http.StatusForbidden, "write")
	refused(t, reader.Do(http.MethodPost, ours+"follows", nil), http.StatusForbidden, "write:follows")
	refused(t, anna.With("").Get(ours+"node"), http.StatusUnauthorized, "token")

	a := anna.Get(ours+"tokens").Want(t, http.StatusOK)
	var list []token
	a.JSON(t, &list)
	used := func(t token) bool { return t.Name == "phone" && t.LastUsedAt != nil }
	if len(list) != 2 || !slices.ContainsFunc(list, used) || strings.Contains(string(a.Body), "rgt_") {
		t.Errorf("listed: %s", a.Body)
	}
	anna.Do(http.MethodDelete, ours+"tokens/"+made.ID, nil).Want(t, http.StatusNoContent)
	refused(t, phone.Get(ours+"node"), http.StatusUnauthorized, "revoked")
	refused(t, anna.Do(http.MethodDelete, ours+"tokens/"+made.ID, nil), http.StatusNotFound, made.ID)
	refused(t, anna.Do(http.MethodPost, ours+"tokens", map[string]any{"name": "x", "scopes": []string{"everything"}}), http.StatusUnprocessableEntity, "everything")
}

func TestAnAppThatWasLetInIsListedAndRevoked(t *testing.T) {
	anna := newPerson(t, "Anna")
	post := func(path string, form url.Values) apitest.Answer {
		body := strings.NewReader(form.Encode())
		req := apitest.Must(http.NewRequestWithContext(t.Context(), http.MethodPost, anna.URL+path, body))(t)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res := apitest.Must(http.DefaultClient.Do(req))(t)
		defer res.Body.Close()
		return apitest.Answer{Status: res.StatusCode, Header: res.Header, Body: apitest.Must(io.ReadAll(res.Body))(t)}
	}
	const oob = "urn:ietf:wg:oauth:2.0:oob"
	var app struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	post("/api/v1/apps", url.Values{"client_name": {"A camera"}, "redirect_uris": {oob}}).Want(t, http.StatusOK).JSON(t, &app)
	ask := url.Values{"response_type": {"code"}, "client_id": {app.ID}, "redirect_uri": {oob}}
	page := post("/oauth/sign-in?"+ask.Encode(), url.Values{"credential": {anna.Token}}).Want(t, http.StatusOK)
	ticket := between(t, string(page.Body), `name="ticket" value="`, `"`)
	page = post("/oauth/authorize", url.Values{"ticket": {ticket}, "answer": {"allow"}}).Want(t, http.StatusOK)
	var got struct {
		Token string `json:"access_token"`
	}
	post("/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {app.ID}, "client_secret": {app.Secret},
		"redirect_uri": {oob}, "code": {between(t, string(page.Body), `<code id="code">`, "<")},
	}).Want(t, http.StatusOK).JSON(t, &got)
	camera := anna.With(got.Token)
	camera.Get("/api/v1/timelines/home").Want(t, http.StatusOK)

	var list []struct {
		ID, Name   string
		LastUsedAt *string `json:"last_used_at"`
		App        *struct{ Name, Website string }
	}
	anna.newToken("by hand")
	anna.Get(ours+"tokens").Want(t, http.StatusOK).JSON(t, &list)
	if len(list) == 2 && list[1].App != nil { // made within one second
		slices.Reverse(list)
	}
	if len(list) != 2 || list[0].App == nil || list[0].App.Name != "A camera" || list[0].LastUsedAt == nil || list[1].App != nil {
		t.Fatalf("listed: %+v", list)
	}
	anna.Do(http.MethodDelete, ours+"tokens/"+list[0].ID, nil).Want(t, http.StatusNoContent)
	refused(t, camera.Get("/api/v1/timelines/home"), http.StatusUnauthorized, "revoked")
}

// between returns what stands between two texts.
func between(t *testing.T, text, before, after string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, before)
	inner, _, ended := strings.Cut(rest, after)
	if !ok || !ended {
		t.Fatalf("no %q in %s", before, text)
	}
	return inner
}

func TestALinkSignsABrowserIn(t *testing.T) {
	anna := newPerson(t, "Anna")
	link := func() string {
		var l struct{ URL string }
		anna.Do(http.MethodPost, ours+"links", nil).Want(t, http.StatusOK).JSON(t, &l)
		at, code, ok := strings.Cut(l.URL, "/#code=")
		if !ok || at != anna.URL {
			t.Fatalf("the link is %s", l.URL)
		}
		return apitest.Must(url.QueryUnescape(code))(t)
	}
	stranger := anna.With("")
	signIn := func(code string, header ...string) apitest.Answer {
		return stranger.Do(http.MethodPost, ours+"sessions", map[string]string{"code": code}, header...)
	}
	code := link()
	refused(t, signIn(code, "Sec-Fetch-Site", "cross-site"), http.StatusForbidden, "own page")
	refused(t, signIn(code, "Origin", "https://elsewhere.example"), http.StatusForbidden, "own page")
	var s struct {
		Token   string
		Account struct {
			Name string `json:"display_name"`
		}
	}
	signIn(code, "Sec-Fetch-Site", "same-origin").Want(t, http.StatusOK).JSON(t, &s)
	if s.Account.Name != "Anna" {
		t.Errorf("signed in as %+v", s)
	}
	refused(t, signIn(code), http.StatusForbidden, "used already")
	browser := anna.With(s.Token)
	browser.Get(ours+"node").Want(t, http.StatusOK)
	browser.Do(http.MethodDelete, ours+"sessions", nil).Want(t, http.StatusNoContent)
	refused(t, browser.Get(ours+"node"), http.StatusUnauthorized, "revoked")
}

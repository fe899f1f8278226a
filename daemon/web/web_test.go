package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"rossgram.app/daemon/web"
)

func get(t *testing.T, path string, header ...string) (*http.Response, string) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	web.Handler().ServeHTTP(w, req)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(body)
}

var (
	named    = regexp.MustCompile(`(?:href|src)="(/[^"#]+)"`)
	imported = regexp.MustCompile(`from "\./([^"]+)"`)
	looked   = regexp.MustCompile(`(?:\$|trouble|stamp)\("([a-z-]+)"`)
)

// page returns what a browser loads: the paths of the files and all of their text.
func page(t *testing.T) map[string]string {
	t.Helper()
	loaded := map[string]string{}
	for queue := []string{"/"}; len(queue) > 0; queue = queue[1:] {
		path := queue[0]
		if _, ok := loaded[path]; ok {
			continue
		}
		res, body := get(t, path)
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", path, res.Status)
		}
		loaded[path] = body
		for _, m := range named.FindAllStringSubmatch(body, -1) {
			queue = append(queue, m[1])
		}
		for _, m := range imported.FindAllStringSubmatch(body, -1) {
			queue = append(queue, "/page/"+m[1])
		}
	}
	return loaded
}

func TestEveryFileThatThePageNamesIsServedWithItsType(t *testing.T) {
	loaded := page(t)
	for _, want := range []string{"/page/page.css", "/page/page.js", "/page/blurhash.js", "/page/icon.svg"} {
		if _, ok := loaded[want]; !ok {
			t.Errorf("the page does not load %s", want)
		}
	}
	types := map[string]string{"": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
	for path := range loaded {
		_, ext, _ := strings.Cut(path, ".")
		if res, _ := get(t, path); !strings.HasPrefix(res.Header.Get("Content-Type"), types[ext]) {
			t.Errorf("%s is %s", path, res.Header.Get("Content-Type"))
		}
	}
}

func TestEveryElementThatAScriptLooksForIsInThePage(t *testing.T) {
	loaded, found := page(t), 0
	for path, body := range loaded {
		if !strings.HasSuffix(path, ".js") {
			continue
		}
		for _, m := range looked.FindAllStringSubmatch(body, -1) {
			found++
			if !strings.Contains(loaded["/"], `id="`+m[1]+`"`) {
				t.Errorf("%s looks for #%s", path, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d look-ups were found", found)
	}
}

func TestNothingElsewhereIsNamed(t *testing.T) {
	for path, body := range page(t) {
		for _, bad := range []string{`src="http`, `href="http`, "url(", "@import", "<style", "style=\"", "onclick=", "innerHTML"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s has %s", path, bad)
			}
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	for _, path := range []string{"/", "/page/page.js", "/page/page.css", "/page/none.js"} {
		res, _ := get(t, path)
		csp := res.Header.Get("Content-Security-Policy")
		for _, want := range []string{
			"default-src 'none'", "script-src 'self';", "connect-src 'self'", "frame-ancestors 'none'",
			"base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'",
		} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy lacks %s: %s", path, want, csp)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s", path, csp)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
}

func TestABrowserAsksAgainAndIsToldThatNothingChanged(t *testing.T) {
	first, _ := get(t, "/page/page.js")
	if first.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("Cache-Control is %q", first.Header.Get("Cache-Control"))
	}
	again, body := get(t, "/page/page.js", "If-None-Match", first.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified || body != "" {
		t.Errorf("%s with %d bytes", again.Status, len(body))
	}
	if other, _ := get(t, "/page/page.css"); other.Header.Get("ETag") == first.Header.Get("ETag") {
		t.Error("two files have one ETag")
	}
}

func TestOtherPathsAndMethodsAreRefused(t *testing.T) {
	for _, path := range []string{"/page/", "/index.html", "/page/../web.go", "/page", "/other"} {
		if res, _ := get(t, path); res.StatusCode == http.StatusOK {
			t.Errorf("%s is served", path)
		}
	}
	w := httptest.NewRecorder()
	web.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST / is %d", w.Code)
	}
}

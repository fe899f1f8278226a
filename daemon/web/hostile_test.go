package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"rossgram.app/daemon/web"
)

// hostile is an API that answers with what an attacker would have a daemon answer
// if the daemon let them.
func hostile(t *testing.T) string {
	t.Helper()
	const evil = `<p onclick="alert(1)">one<br>two</p><script>window.bad = 1</script>` +
		`<img src=x onerror="window.bad = 1"><a href="javascript:window.bad=1">three</a>` +
		`<a href="https://example.org/" onmouseover="window.bad=1">four</a><iframe srcdoc="<script>top.bad=1</script>"></iframe>` +
		`<svg><a xlink:href="javascript:window.bad=1">five</a></svg><style>body{display:none}</style><form action=/x><input name=six></form>`
	account := map[string]any{
		"id": "1", "username": "mallory", "acct": "mallory@aaaa", "display_name": "<b>Mallory</b>",
		"avatar": "javascript:window.bad=1", "rossgram": map[string]any{"did": "did:key:zM"},
	}
	photo := func(blurhash, address string) map[string]any {
		return map[string]any{
			"id": "9", "type": "image", "url": address, "description": "<i>alt</i>", "blurhash": blurhash,
			"meta": map[string]any{"original": map[string]any{"width": -5, "height": 1 << 40}},
		}
	}
	answers := map[string]any{
		"/api/rossgram/v1/sessions":           map[string]any{"token": "t"},
		"/api/v1/accounts/verify_credentials": account,
		"/api/rossgram/v1/follows":            []any{},
		"/api/rossgram/v1/node":               map[string]any{"peers": 0, "version": "<b>1</b>"},
		"/api/v1/timelines/home": []any{map[string]any{
			"id": "5", "created_at": "2026-01-02T03:04:05Z", "account": account, "content": evil,
			"media_attachments": []any{
				photo("not a hash", "data:image/png;base64,AAAA"), photo("|||||||", "javascript:window.bad=1"),
			},
		}},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path]
		if !ok {
			web.Handler().ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func hostileCaptionIsTextAndLinksOnly(t *testing.T, b *browser) {
	p := b.open(t, hostile(t)+"/#code=x")
	p.see("the post", `document.querySelector(".post")`)
	got := p.text(`[...document.querySelectorAll(".caption *")].map((e) => e.outerHTML).join("|")`)
	const want = `<p>one<br>two</p>|<br>|<a href="https://example.org/" target="_blank" rel="nofollow noopener noreferrer">four</a>`
	if got != want {
		t.Errorf("the caption has the elements\n%s, want\n%s", got, want)
	}
	if name := p.text(`document.querySelector(".post .name").innerHTML`); name != "&lt;b&gt;Mallory&lt;/b&gt;" {
		t.Errorf("the name is %s", name)
	}
	if bad := p.text(`String(window.bad)`); bad != "undefined" {
		t.Error("a script of the post ran")
	}
	p.quiet("has been blocked", "404 (Not Found)", "ERR_INVALID_URL")
}

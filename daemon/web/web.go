// Package web is the page of a node: the feed, posting by drag and drop, and
// whom to follow. It is plain HTML, CSS and JavaScript modules, embedded, with
// no build step and nothing from elsewhere.
//
// It guarantees that the page talks to no one but the node that served it, runs
// no script but its own, and stands in nobody's frame: every answer carries a
// policy that says so (Content Security Policy Level 3, Trusted Types). Files
// are revalidated on each use, so that a newer daemon never runs an older page.
//
// It holds no secret and knows no account: signing in, and all that is shown, is
// the HTTP API's (docs/api.md).
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"net/http"
	"path"
	"time"
)

//go:embed page
var files embed.FS

// policy is the Content-Security-Policy of every answer. Pictures may be blobs:
// photos that are chosen and not uploaded yet. The one Trusted Types policy is
// the page's for reading captions, into a document that is never shown.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; " +
	"img-src 'self' blob: data:; connect-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'none'; " +
	"require-trusted-types-for 'script'; trusted-types caption"

var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// Handler serves the page at / and its files under /page/; it knows no other
// path, and asks for no token.
func Handler() http.Handler {
	mux := http.NewServeMux()
	entries, err := files.ReadDir("page")
	if err != nil {
		panic(err) // it is embedded
	}
	for _, e := range entries {
		f := readFile(path.Join("page", e.Name()))
		mux.Handle("GET /page/"+e.Name(), f)
		if e.Name() == "index.html" {
			mux.Handle("GET /{$}", f)
		}
	}
	return guard(mux)
}

// guard adds what a browser must know of every answer.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		next.ServeHTTP(w, r)
	})
}

// file is one file of the page.
type file struct {
	body              []byte
	contentType, etag string
}

func readFile(name string) file {
	body, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return file{body, contentTypes[path.Ext(name)], fmt.Sprintf(`"%.16x"`, sha256.Sum256(body))}
}

// ServeHTTP answers with the file, or that the browser's copy is good.
func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", f.contentType)
	w.Header().Set("ETag", f.etag)
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}

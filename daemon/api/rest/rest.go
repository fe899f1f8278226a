// Package rest is the way every request takes to a route and its answer back:
// whether the Host is one we serve, who calls and what the token allows, how
// large a body may be, what a failure looks like.
//
// It guarantees that a route is reached only by its scope, that no page of
// another origin gets anything without a token, that a body is bounded before it
// is read and that a caller who stands still is cut off. What routes do is not
// its business.
package rest

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"rossgram.app/daemon/access"
)

// MaxBody is the most bytes of a body that is no upload.
const MaxBody = 1 << 20

// Endpoint answers a call with a value that is written as JSON; see [Status] and
// [Written] for other answers.
type Endpoint func(ctx context.Context, c *Call) (any, error)

// Router leads requests to endpoints. Make it with [New], add routes, then serve.
type Router struct {
	mux    *http.ServeMux
	added  []Route
	access *access.Access
	hosts  Hosts
	rate   *limiter
	log    *slog.Logger
}

// New returns a router without routes.
func New(a *access.Access, hosts Hosts, log *slog.Logger) *Router {
	r := &Router{mux: http.NewServeMux(), access: a, hosts: hosts, rate: newLimiter(), log: log}
	r.mux.HandleFunc("/", notFound)
	return r
}

// Handle adds a route that needs a token of a scope. Patterns are those of
// [http.ServeMux] with a method.
func (r *Router) Handle(pattern string, scope access.Scope, e Endpoint) {
	r.HandleUpload(pattern, scope, MaxBody, e)
}

// HandleUpload is Handle for a body of up to so many bytes.
func (r *Router) HandleUpload(pattern string, scope access.Scope, maxBody int64, e Endpoint) {
	r.add(Route{pattern, Owner, scope}, func(w http.ResponseWriter, req *http.Request) {
		token, err := r.authenticate(w, req)
		if err == nil {
			err = permit(token, scope)
		}
		if err != nil {
			r.Fail(w, req, err)
			return
		}
		r.serve(w, req, token, maxBody, e)
	})
}

// HandleApp adds a route that any token opens, also one that an app has for
// itself.
func (r *Router) HandleApp(pattern string, e Endpoint) {
	r.add(Route{pattern, App, access.Any}, func(w http.ResponseWriter, req *http.Request) {
		token, err := r.authenticate(w, req)
		if err != nil {
			r.Fail(w, req, err)
			return
		}
		r.serve(w, req, token, MaxBody, e)
	})
}

// Open adds a route that anybody may call, a few hundred times in five minutes.
func (r *Router) Open(pattern string, e Endpoint) { r.OpenCosting(pattern, 1, e) }

// OpenCosting is Open for what counts as several calls.
func (r *Router) OpenCosting(pattern string, calls int, e Endpoint) {
	r.add(Route{pattern, Anybody, access.Any}, func(w http.ResponseWriter, req *http.Request) {
		allowOrigin(w)
		if err := r.rate.admit(w, req, calls); err != nil {
			r.Fail(w, req, err)
			return
		}
		r.serve(w, req, access.Token{}, MaxBody, e)
	})
}

// Unmetered is Open without the allowance of calls: for pictures that cost little
// and of which a page shows many.
func (r *Router) Unmetered(pattern string, e Endpoint) {
	r.add(Route{pattern, Anybody, access.Any}, func(w http.ResponseWriter, req *http.Request) {
		allowOrigin(w)
		r.serve(w, req, access.Token{}, MaxBody, e)
	})
}

// Page adds a route that a person opens in a browser, as often as an open one. No
// script of another origin may read the answer, and a form is taken from pages of
// ours alone.
func (r *Router) Page(pattern string, e Endpoint) {
	r.add(Route{pattern, Anybody, access.Any}, func(w http.ResponseWriter, req *http.Request) {
		err := r.rate.admit(w, req, 1)
		if err == nil && req.Method != http.MethodGet && req.Method != http.MethodHead && !SameSite(req) {
			err = &Refusal{http.StatusForbidden, "", "this form was sent by a page that is not this node's"}
		}
		if err != nil {
			r.Fail(w, req, err)
			return
		}
		r.serve(w, req, access.Token{}, MaxBody, e)
	})
}

// Mount adds a handler that decides itself who may call it. Only the Host was
// checked.
func (r *Router) Mount(pattern string, h http.Handler) {
	r.add(Route{pattern, Guarded, access.Any}, h.ServeHTTP)
}

func (r *Router) add(route Route, h http.HandlerFunc) {
	r.added = append(r.added, route)
	r.mux.Handle(route.Pattern, h)
}

// serve runs an endpoint and writes what it answers.
func (r *Router) serve(w http.ResponseWriter, req *http.Request, token access.Token, maxBody int64, e Endpoint) {
	req.Body = http.MaxBytesReader(w, pacedBody(w, req.Body), maxBody)
	c := &Call{Request: req, Writer: w, Token: token, Base: r.hosts.base(req)}
	answer, err := e(req.Context(), c)
	if err != nil {
		r.Fail(w, req, err)
		return
	}
	write(w, answer)
}

// ServeHTTP checks the Host, answers preflights, and leads to a route.
func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w = &pacedWriter{w}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if err := r.hosts.check(req); err != nil {
		r.Fail(w, req, err)
		return
	}
	if isPreflight(req) {
		answerPreflight(w, req)
		return
	}
	r.mux.ServeHTTP(w, withoutSlash(req))
}

// withoutSlash takes a slash off the end of the path of a route for programs, as
// Mastodon does: toot, for one, sends people to /oauth/authorize/.
func withoutSlash(req *http.Request) *http.Request {
	path, had := strings.CutSuffix(req.URL.Path, "/")
	if !had || !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/oauth/") {
		return req
	}
	u := *req.URL
	u.Path, u.RawPath = path, strings.TrimSuffix(u.RawPath, "/")
	short := *req
	short.URL = &u
	return &short
}

func notFound(w http.ResponseWriter, req *http.Request) {
	writeError(w, http.StatusNotFound, "there is no "+req.Method+" "+req.URL.Path+" here: see docs/api.md for the routes")
}

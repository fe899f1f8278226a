package rest

import (
	"net/http"
	"slices"
	"strings"

	"rossgram.app/content"
	"rossgram.app/daemon/access"
)

// Caller says whom a route answers.
type Caller string

// The callers of routes.
const (
	Owner   Caller = "owner"   // who has a token of an account, with the route's scope
	App     Caller = "app"     // who has a token, if only an app's own
	Anybody Caller = "anybody" // with or without a token
	Guarded Caller = "guarded" // whom the handler lets through
)

// Route is a way in.
type Route struct {
	Pattern string
	Caller  Caller
	Scope   access.Scope // what an [Owner]'s token needs
}

// Routes returns all routes, in the order in which they were added.
func (r *Router) Routes() []Route { return slices.Clone(r.added) }

// Patterns returns the patterns of all routes, in that order.
func (r *Router) Patterns() []string {
	patterns := make([]string, len(r.added))
	for i, route := range r.added {
		patterns[i] = route.Pattern
	}
	return patterns
}

// authenticate returns the token of the Authorization header. Who sent one may
// read the answer from any origin, a refusal too: so an app on the web learns that
// its token was revoked.
func (r *Router) authenticate(w http.ResponseWriter, req *http.Request) (access.Token, error) {
	scheme, secret, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return access.Token{}, errNoToken
	}
	allowOrigin(w)
	t, err := r.access.Authenticate(req.Context(), strings.TrimSpace(secret))
	if content.KindOf(err) == content.Permission {
		return t, &unknownToken{err}
	}
	return t, err
}

// permit refuses a token that has not what a route needs, in Mastodon's words.
func permit(t access.Token, need access.Scope) error {
	switch {
	case !t.Scopes.Allow(need):
		return &Refusal{http.StatusForbidden, "This action is outside the authorized scopes",
			"the token has not the scope " + string(need) + ": use one that has"}
	case t.Account.IsZero():
		return &Refusal{http.StatusUnprocessableEntity, "This method requires an authenticated user",
			"this is a token of an app alone: sign in"}
	}
	return nil
}

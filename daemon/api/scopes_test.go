package api_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/internal/apitest"
	"rossgram.app/daemon/api/rest"
)

// public are the routes that answer without an owner's token, and whom. Whatever is
// not here needs a scope.
var public = map[string]rest.Caller{
	"GET /ipfs/{cid}": rest.Guarded,

	"GET /api/v1/instance":                        rest.Anybody,
	"GET /api/v2/instance":                        rest.Anybody,
	"GET /api/v1/instance/rules":                  rest.Anybody,
	"GET /api/v1/custom_emojis":                   rest.Anybody,
	"GET /api/v1/trends/tags":                     rest.Anybody,
	"GET /api/v1/trends/statuses":                 rest.Anybody,
	"GET /api/v1/trends/links":                    rest.Anybody,
	"GET /pictures/{role}/{file}":                 rest.Anybody,
	"GET /media/{owner}/{id}/{width}":             rest.Anybody, // signed
	"POST /api/v1/apps":                           rest.Anybody,
	"GET /oauth/authorize":                        rest.Anybody,
	"POST /oauth/authorize":                       rest.Anybody, // with a ticket
	"POST /oauth/sign-in":                         rest.Anybody,
	"POST /oauth/token":                           rest.Anybody,
	"POST /oauth/revoke":                          rest.Anybody,
	"GET /.well-known/oauth-authorization-server": rest.Anybody,
	"POST /api/rossgram/v1/sessions":              rest.Anybody, // with a link's code
	"GET /healthz":                                rest.Anybody,
	"GET /readyz":                                 rest.Anybody,

	"GET /api/v1/apps/verify_credentials": rest.App,
}

// TestEveryRouteHasAScopeOrIsPublic, and is reached by no token without the scope.
// The routes have no parts here, so that one that is reached panics.
func TestEveryRouteHasAScopeOrIsPublic(t *testing.T) {
	n := apitest.New(t, "Anna")
	addRoutes(n.Router)
	c := n.Serve()
	known := append(access.AppScopes(), access.Admin)
	tokens := map[access.Scope]string{} // by the scope that they lack
	seen := 0
	for _, route := range n.Router.Routes() {
		if who, ok := public[route.Pattern]; ok {
			seen++
			if route.Caller != who {
				t.Errorf("%s answers %s, want %s", route.Pattern, route.Caller, who)
			}
			continue
		}
		if route.Pattern == "DELETE /api/rossgram/v1/sessions" && route.Caller == rest.Owner {
			continue // any token ends itself
		}
		if route.Caller != rest.Owner || !slices.Contains(known, route.Scope) {
			t.Errorf("%s answers %s, with the scope %q", route.Pattern, route.Caller, route.Scope)
			continue
		}
		if tokens[route.Scope] == "" {
			tokens[route.Scope] = n.TokenFor(allBut(known, route.Scope)...)
		}
		refuses(t, c, route, tokens[route.Scope])
	}
	if seen != len(public) {
		t.Errorf("%d of %d public routes are there", seen, len(public))
	}
}

// allBut returns the scopes that together don't cover one.
func allBut(known access.Scopes, lacking access.Scope) access.Scopes {
	return slices.DeleteFunc(slices.Clone(known), func(s access.Scope) bool { return access.Scopes{s}.Allow(lacking) })
}

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

func refuses(t *testing.T, c *apitest.Client, route rest.Route, token string) {
	t.Helper()
	verb, path, _ := strings.Cut(wildcard.ReplaceAllString(route.Pattern, "1"), " ")
	if a := c.With("").Do(verb, path, nil); a.Status != http.StatusUnauthorized {
		t.Errorf("%s without a token: %d %s", route.Pattern, a.Status, a.Body)
	}
	a := c.With(token).Do(verb, path, nil)
	if a.Status != http.StatusForbidden || !strings.Contains(string(a.Body), `"error":"This action is outside the authorized scopes"`) ||
		!strings.Contains(string(a.Body), string(route.Scope)) {
		t.Errorf("%s without %s: %d %s", route.Pattern, route.Scope, a.Status, a.Body)
	}
}

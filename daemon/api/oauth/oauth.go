// Package oauth lets an owner sign apps in, as Mastodon's servers do, so that apps
// that know those know this node: they register, send the owner's browser to a
// page that asks, and trade the code they get for a token (RFC 6749 with PKCE, RFC
// 7636; docs.joinmastodon.org, "OAuth" and "apps").
//
// It guarantees that nothing is granted but by a press of a button on a page that
// no script and no frame can reach, by who has shown a token or a one-time link in
// that very browser; that no more is granted than was shown, nor more than that
// token may do, and never admin; that a code goes only to an address that the app
// registered; and that what is wrong with the app or the address, or is asked
// for wrongly, leads nobody away from the node.
//
// There is no session and no cookie: browsers send a cookie to every port of
// loopback, so another user's program would be given it. The page that asks
// carries a ticket instead, which is good once.
//
// Apps, codes and tokens are kept by package access. That an app is who it says it
// is nobody can know; the page says so.
package oauth

import (
	"sync"
	"time"

	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
)

// Parts is what the routes work with. All are needed.
type Parts struct {
	Access   *access.Access
	Index    *index.Index
	Mastodon *mastodon.API
	Now      func() time.Time
}

// API answers the routes. Make it with [New].
type API struct {
	Parts
	mu      sync.Mutex
	tickets map[string]ticket
}

// New returns the routes' answers.
func New(parts Parts) *API { return &API{Parts: parts, tickets: make(map[string]ticket)} }

// registrationCost is how many calls of a stranger's allowance an app counts for:
// each is kept on disk for a while.
const registrationCost = 10

// Routes adds the routes of docs/api.md, "Signing in apps".
func (a *API) Routes(r *rest.Router) {
	r.OpenCosting("POST /api/v1/apps", registrationCost, a.register)
	r.HandleApp("GET /api/v1/apps/verify_credentials", a.verifyApp)
	r.Page("GET /oauth/authorize", a.ask)
	r.Page("POST /oauth/sign-in", a.signIn)
	r.Page("POST /oauth/authorize", a.decide)
	r.Open("POST /oauth/token", a.token)
	r.Open("POST /oauth/revoke", a.revoke)
	r.Handle("GET /oauth/userinfo", access.Profile, a.userinfo)
	r.Handle("POST /oauth/userinfo", access.Profile, a.userinfo)
	r.Open("GET /.well-known/oauth-authorization-server", metadata)
}

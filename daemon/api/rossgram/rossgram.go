// Package rossgram is our own part of the HTTP API, under /api/rossgram/v1: what
// Mastodon's client API has no words for. The state of the node and its peers,
// invites, follows by invite and how far they are, photos fetched on demand, what
// happens as it happens, tokens, and upkeep.
//
// It guarantees that an answer which is polled (node, follows, peers) costs
// little however often it is asked for, that streams of events are bounded and
// end with their token and with the server, and that what is refused says what
// to do. It decides nothing that is kept: that is the business of the packages
// in its Parts. What routes and fields mean is in docs/api.md.
package rossgram

import (
	"context"
	"sync"
	"time"

	"rossgram.app/content/store"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/gateway"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/branch"
	"rossgram.app/daemon/budget"
	"rossgram.app/daemon/event"
	"rossgram.app/daemon/follow"
	"rossgram.app/daemon/index"
	"rossgram.app/daemon/mirror"
	"rossgram.app/daemon/pinning"
	"rossgram.app/daemon/publish"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
	"rossgram.app/p2p/discover"
)

const prefix = "/api/rossgram/v1/"

// Parts is what the routes work with. All are needed.
type Parts struct {
	Access   *access.Access
	Store    *store.Store
	Index    *index.Index
	Replica  *replica.Replica
	Publish  *publish.Publisher
	Follow   *follow.Keeper
	Mirrors  *mirror.Mirrors
	Pinning  *pinning.Pinner
	Budget   *budget.Budget
	Branches *branch.Shelf
	Host     *p2p.Host
	DHT      *discover.DHT // nil if it is off
	Events   *event.Bus
	Mastodon *mastodon.API
	Files    *gateway.Gateway
	// Verify and Reindex are the node's upkeep.
	Verify  func(context.Context) (Verified, error)
	Reindex func(context.Context) (Reindexed, error)

	Version string    // of rossgram
	Started time.Time // when the node was
	Now     func() time.Time
}

// API answers the routes. Make it with [New].
type API struct {
	Parts
	disk   gauge
	upkeep sync.Mutex

	listeners chan struct{} // a place for each stream of events
	closing   chan struct{}
	close     sync.Once
}

// New returns the routes' answers.
func New(parts Parts) *API {
	return &API{Parts: parts, listeners: make(chan struct{}, maxListeners), closing: make(chan struct{})}
}

// Close ends the streams of events. It is for the moment when the server begins
// to shut down, which waits for them ([http.Server.RegisterOnShutdown]).
func (a *API) Close() { a.close.Do(func() { close(a.closing) }) }

// Routes adds the routes of docs/api.md, "Our routes".
func (a *API) Routes(r *rest.Router) {
	r.Handle("GET "+prefix+"node", access.Read, a.node)
	r.Handle("GET "+prefix+"peers", access.Read, a.peers)
	r.Handle("POST "+prefix+"peers", access.Admin, a.connect)
	r.Handle("POST "+prefix+"invites", access.Write, a.invite)
	r.Handle("GET "+prefix+"budget", access.Read, a.budget)
	r.Handle("PATCH "+prefix+"budget", access.Admin, a.setBudget)
	r.Handle("GET "+prefix+"forecast", "read:follows", a.forecast)

	r.Handle("GET "+prefix+"follows", "read:follows", a.follows)
	r.Handle("POST "+prefix+"follows", "write:follows", a.follow)
	r.Handle("GET "+prefix+"follows/{did}", "read:follows", a.showFollow)
	r.Handle("PATCH "+prefix+"follows/{did}", "write:follows", a.limitFollow)
	r.Handle("DELETE "+prefix+"follows/{did}", "write:follows", a.unfollow)

	r.Handle("GET "+prefix+"mirrors", access.Read, a.mirrors)
	r.Handle("GET "+prefix+"posts/{uri}/holders", "read:statuses", a.holders)
	r.Handle("GET "+prefix+"forks", "read:follows", a.forks)
	r.Handle("GET "+prefix+"forks/{did}", "read:follows", a.fork)
	r.Handle("GET "+prefix+"left-behind", "read:statuses", a.left)
	r.Handle("POST "+prefix+"left-behind", "write:statuses", a.rescue)
	r.Handle("DELETE "+prefix+"left-behind", "write:statuses", a.giveUp)

	r.Handle("GET "+prefix+"accounts/resolve", "read:accounts", a.resolveAccount)
	r.Handle("GET "+prefix+"statuses/resolve", "read:statuses", a.resolveStatus)
	r.Handle("GET "+prefix+"photos/{cid}", "read:statuses", a.photo)
	r.Handle("GET "+prefix+"events", access.Read, a.events)
	a.adminRoutes(r)
}

func (a *API) adminRoutes(r *rest.Router) {
	r.Handle("POST "+prefix+"tokens", access.Admin, a.createToken)
	r.Handle("GET "+prefix+"tokens", access.Admin, a.tokens)
	r.Handle("DELETE "+prefix+"tokens/{id}", access.Admin, a.revokeToken)
	r.Handle("POST "+prefix+"links", access.Admin, a.link)
	r.Open("POST "+prefix+"sessions", a.signIn)
	r.Handle("DELETE "+prefix+"sessions", access.Any, a.signOut)

	r.Handle("POST "+prefix+"mirrors", access.Admin, a.askMirror)
	r.Handle("POST "+prefix+"mirrors/{did}/accept", access.Admin, a.acceptMirror)
	r.Handle("POST "+prefix+"mirrors/{did}/refuse", access.Admin, a.refuseMirror)
	r.Handle("DELETE "+prefix+"mirrors/{node}", access.Admin, a.endMirror)

	r.Handle("GET "+prefix+"pinning", access.Read, a.pinningServices)
	r.Handle("POST "+prefix+"pinning", access.Admin, a.addPinning)
	r.Handle("DELETE "+prefix+"pinning/{name}", access.Admin, a.removePinning)

	r.Handle("POST "+prefix+"yield", access.Admin, a.yield)
	r.Handle("POST "+prefix+"gc", access.Admin, a.collect)
	r.Handle("POST "+prefix+"verify", access.Admin, a.verify)
	r.Handle("POST "+prefix+"reindex", access.Admin, a.reindex)
}

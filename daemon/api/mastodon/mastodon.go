// Package mastodon is the part of Mastodon's client API that this node answers,
// so that people keep the apps they like: accounts, uploads, posts and what is said
// to them, notifications, the home timeline, follows and search, with the entities those apps expect
// (docs.joinmastodon.org, "Entities") and a little of our own in each, under
// "rossgram".
//
// It guarantees that what stands in records is escaped before it becomes HTML,
// that an answer has every field that the documentation calls required, that
// what an app asks for and this node can't do is refused in words rather than
// done otherwise (a post for followers only never becomes public), and that the
// picture of an upload is shown to nobody but its owner.
//
// It decides nothing that is kept: posts, comments and follows are
// package publish's, timelines and notifications package index's. Files are served by the /ipfs gateway, to which the
// links of entities lead.
package mastodon

import (
	"context"
	"crypto/rand"
	"time"

	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
	"rossgram.app/daemon/publish"
	"rossgram.app/p2p/discover"
)

// Parts is what the routes work with. All are needed.
type Parts struct {
	Index   *index.Index
	Publish *publish.Publisher
	Invites Invites
	// GatewayKey stands in the links to files, so that the gateway knows a page
	// that has them from one that guesses.
	GatewayKey string
	Version    string // of rossgram
	Now        func() time.Time
}

// Invites hears of an invite whose account is followed.
type Invites interface {
	Invited(ctx context.Context, invite discover.Invite) error
}

// API answers the routes. Make it with [New].
type API struct {
	Parts
	introduced introductions
	previewKey [32]byte // signs links to uploads
}

// New returns the routes' answers. Links to uploads are good until the process
// ends, at most.
func New(parts Parts) *API {
	a := &API{Parts: parts}
	rand.Read(a.previewKey[:])
	return a
}

// maxUpload is the most bytes of a request with one photo.
const maxUpload = maxFile + rest.MaxBody

// Routes adds the routes of docs/api.md, "Mastodon routes".
func (a *API) Routes(r *rest.Router) {
	r.Open("GET /api/v1/instance", a.instanceV1)
	r.Open("GET /api/v2/instance", a.instance)
	a.accountRoutes(r)
	a.statusRoutes(r)
	a.responseRoutes(r)
	a.notificationRoutes(r)
	a.mediaRoutes(r)
	r.Handle("GET /api/v2/search", "read:search", a.search)
	emptyRoutes(r)
}

func (a *API) accountRoutes(r *rest.Router) {
	const read, write access.Scope = "read:accounts", "write:accounts"
	r.Handle("GET /api/v1/accounts/verify_credentials", access.Profile, a.verifyCredentials)
	r.HandleUpload("PATCH /api/v1/accounts/update_credentials", write, 2*maxUpload, a.updateCredentials)
	r.Handle("DELETE /api/v1/profile/avatar", write, a.removePicture(avatar))
	r.Handle("DELETE /api/v1/profile/header", write, a.removePicture(header))
	r.Handle("GET /api/v1/accounts/lookup", read, a.lookupAccount)
	r.Handle("GET /api/v1/accounts/search", read, a.searchAccounts)
	r.Handle("GET /api/v1/accounts/relationships", "read:follows", a.relationships)
	r.Handle("GET /api/v1/accounts/{id}", read, a.showAccount)
	r.Handle("GET /api/v1/accounts/{id}/statuses", "read:statuses", a.accountStatuses)
	r.Handle("GET /api/v1/accounts/{id}/followers", read, a.followers)
	r.Handle("GET /api/v1/accounts/{id}/following", read, a.following)
	r.Handle("POST /api/v1/accounts/{id}/follow", "write:follows", a.follow)
	r.Handle("POST /api/v1/accounts/{id}/unfollow", "write:follows", a.unfollow)
	r.Unmetered("GET /pictures/{role}/{file}", a.picture)
}

func (a *API) statusRoutes(r *rest.Router) {
	const read, write access.Scope = "read:statuses", "write:statuses"
	r.Handle("POST /api/v1/statuses", write, a.post)
	r.Handle("GET /api/v1/statuses/{id}", read, a.showStatus)
	r.Handle("PUT /api/v1/statuses/{id}", write, a.editStatus)
	r.Handle("DELETE /api/v1/statuses/{id}", write, a.deleteStatus)
	r.Handle("GET /api/v1/statuses/{id}/source", read, a.statusSource)
	r.Handle("GET /api/v1/statuses/{id}/context", read, a.threadOf)
	r.Handle("GET /api/v1/timelines/home", read, a.home)
}

func (a *API) responseRoutes(r *rest.Router) {
	const likes, statuses, accounts access.Scope = "write:favourites", "write:statuses", "read:accounts"
	r.Handle("POST /api/v1/statuses/{id}/favourite", likes, a.responding(a.like))
	r.Handle("POST /api/v1/statuses/{id}/unfavourite", likes, a.responding(a.unlike))
	r.Handle("POST /api/v1/statuses/{id}/reblog", statuses, a.reblog)
	r.Handle("POST /api/v1/statuses/{id}/unreblog", statuses, a.responding(a.unreblog))
	r.Handle("GET /api/v1/statuses/{id}/favourited_by", accounts, a.favouritedBy)
	r.Handle("GET /api/v1/statuses/{id}/reblogged_by", accounts, a.rebloggedBy)
	r.Handle("GET /api/v1/favourites", "read:favourites", a.favourites)
}

func (a *API) notificationRoutes(r *rest.Router) {
	const read, write access.Scope = "read:notifications", "write:notifications"
	r.Handle("GET /api/v1/notifications", read, a.notifications)
	r.Handle("GET /api/v1/notifications/unread_count", read, a.unreadCount)
	r.Handle("GET /api/v1/notifications/{id}", read, a.showNotification)
	r.Handle("POST /api/v1/notifications/{id}/dismiss", write, a.dismissNotification)
	r.Handle("POST /api/v1/notifications/clear", write, a.clearNotifications)
	r.Handle("GET /api/v1/markers", "read:statuses", a.markers)
	r.Handle("POST /api/v1/markers", "write:statuses", a.mark)
}

func (a *API) mediaRoutes(r *rest.Router) {
	const write access.Scope = "write:media"
	r.HandleUpload("POST /api/v1/media", write, maxUpload, a.upload)
	r.HandleUpload("POST /api/v2/media", write, maxUpload, a.upload)
	r.Handle("GET /api/v1/media/{id}", write, a.showMedia)
	r.Handle("PUT /api/v1/media/{id}", write, a.describeMedia)
	r.Unmetered("GET /media/{owner}/{id}/{width}", a.preview)
}

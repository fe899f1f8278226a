package mastodon

import (
	"context"

	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/rest"
)

// object is a small JSON object.
type object map[string]any

// empty are the routes that apps call when they start or open a page, and to
// which the truth is, today, that there is nothing. One without a scope is open,
// as it is at Mastodon's.
var empty = []struct {
	route  string
	scope  access.Scope
	answer any
}{
	{"GET /api/v1/custom_emojis", "", EmptyList{}},
	{"GET /api/v1/instance/rules", "", EmptyList{}},
	{"GET /api/v1/trends/tags", "", EmptyList{}},
	{"GET /api/v1/trends/statuses", "", EmptyList{}},
	{"GET /api/v1/trends/links", "", EmptyList{}},
	{"GET /api/v1/announcements", access.Read, EmptyList{}},
	{"GET /api/v1/bookmarks", "read:bookmarks", EmptyList{}},
	{"GET /api/v1/lists", "read:lists", EmptyList{}},
	{"GET /api/v1/filters", "read:filters", EmptyList{}},
	{"GET /api/v2/filters", "read:filters", EmptyList{}},
	{"GET /api/v1/blocks", "read:blocks", EmptyList{}},
	{"GET /api/v1/mutes", "read:mutes", EmptyList{}},
	{"GET /api/v1/domain_blocks", "read:blocks", EmptyList{}},
	{"GET /api/v1/follow_requests", "read:follows", EmptyList{}},
	{"GET /api/v1/followed_tags", "read:follows", EmptyList{}},
	{"GET /api/v1/featured_tags", "read:accounts", EmptyList{}},
	{"GET /api/v1/endorsements", "read:accounts", EmptyList{}},
	{"GET /api/v1/accounts/{id}/featured_tags", "read:accounts", EmptyList{}},
	{"GET /api/v1/accounts/{id}/lists", "read:lists", EmptyList{}},
	{"GET /api/v1/conversations", "read:statuses", EmptyList{}},
	{"GET /api/v1/scheduled_statuses", "read:statuses", EmptyList{}},
	{"GET /api/v1/preferences", "read:accounts", object{
		"posting:default:visibility": "public", "posting:default:sensitive": false, "posting:default:language": nil,
		"reading:expand:media": "default", "reading:expand:spoilers": false,
	}},
}

func emptyRoutes(r *rest.Router) {
	for _, e := range empty {
		answer := func(context.Context, *rest.Call) (any, error) { return e.answer, nil }
		if e.scope == "" {
			r.Open(e.route, answer)
		} else {
			r.Handle(e.route, e.scope, answer)
		}
	}
}

package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Response is what an account can do to a post or a comment, and take back.
type Response string

// The responses.
const (
	Like     Response = "favourite"
	Unlike   Response = "unfavourite"
	Reblog   Response = "reblog"
	Unreblog Response = "unreblog"
)

// Respond does something to the post or the comment of a status id, and returns it as
// it is then. Doing it again changes nothing.
func (c *Client) Respond(ctx context.Context, id string, r Response) (Status, error) {
	var s Status
	return s, c.send(ctx, http.MethodPost, statusPath(id)+"/"+string(r), nil, &s)
}

// Thread is what a status answers, from the post on, and what answers it: each comment
// before the answers to it.
type Thread struct {
	Ancestors   []Status `json:"ancestors"`
	Descendants []Status `json:"descendants"`
}

// Thread returns the conversation around a status id.
func (c *Client) Thread(ctx context.Context, id string) (Thread, error) {
	var t Thread
	return t, c.get(ctx, statusPath(id)+"/context", nil, &t)
}

// Notification is something that concerns the account. Status is nil for a follow.
type Notification struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"created_at"`
	Account   Account   `json:"account"`
	Status    *Status   `json:"status"`
	Rossgram  struct {
		Type string `json:"type"` // follow, like, reblog, comment, mention or tag
		URI  string `json:"uri"`  // of the record that says so
	} `json:"rossgram"`
}

// Notifications returns notifications, newest first and older than a notification's id
// if one is given; at most 40 of them.
func (c *Client) Notifications(ctx context.Context, before string, limit int) ([]Notification, error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	if before != "" {
		q.Set("max_id", before)
	}
	var n []Notification
	return n, c.get(ctx, "/api/v1/notifications", q, &n)
}

func statusPath(id string) string { return "/api/v1/statuses/" + url.PathEscape(id) }

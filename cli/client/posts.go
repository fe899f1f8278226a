package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Status is a post or a comment as Mastodon's API shows it, with our additions. Content is
// HTML.
type Status struct {
	ID          string       `json:"id"`
	CreatedAt   time.Time    `json:"created_at"`
	URL         string       `json:"url"`
	Account     Account      `json:"account"`
	Content     string       `json:"content"`
	Sensitive   bool         `json:"sensitive"`
	SpoilerText string       `json:"spoiler_text"`
	Attachments []Attachment `json:"media_attachments"`
	Tags        []struct {
		Name string `json:"name"`
	} `json:"tags"`
	InReplyTo string  `json:"in_reply_to_id"` // of a comment
	Likes     int     `json:"favourites_count"`
	Reblogs   int     `json:"reblogs_count"`
	Replies   int     `json:"replies_count"`
	Liked     bool    `json:"favourited"`
	Reblogged bool    `json:"reblogged"`
	Reblog    *Status `json:"reblog"` // what Account shows, if it is another's
	Rossgram  struct {
		URI string `json:"uri"`
		CID string `json:"cid"`
		// Pending is set for a comment that the post's author does not list yet.
		Pending bool `json:"pending"`
	} `json:"rossgram"`
}

// Attachment is a photo, uploaded or posted.
type Attachment struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	Description string `json:"description"`
	Blurhash    string `json:"blurhash"`
	Rossgram    struct {
		Renditions []File `json:"renditions"`
		Source     *File  `json:"source"`
		// Removed is what metadata an upload lost, in people's words.
		Removed []string `json:"removed"`
	} `json:"rossgram"`
}

// File is one file of a photo. Width and Height are in pixels and may be 0 for a
// source.
type File struct {
	CID    string `json:"cid"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Size   int64  `json:"size"`
	Type   string `json:"type"`
}

// Draft is a post or a comment to be.
type Draft struct {
	Caption   string   // of a comment, its text
	Media     []string // ids of attachments; none for a comment
	Tags      []string
	InReplyTo string // the id of what a comment answers; empty for a post
	Key       string // Idempotency-Key: with the same key there is one post
}

// Post publishes.
func (c *Client) Post(ctx context.Context, d Draft) (Status, error) {
	in := map[string]any{"status": d.Caption}
	if len(d.Media) > 0 {
		in["media_ids"] = d.Media
	}
	if d.InReplyTo != "" {
		in["in_reply_to_id"] = d.InReplyTo
	}
	if len(d.Tags) > 0 {
		in["tags"] = d.Tags
	}
	var s Status
	r, err := jsonRequest(http.MethodPost, "/api/v1/statuses", in)
	if err != nil {
		return s, err
	}
	r.header = http.Header{"Idempotency-Key": {d.Key}}
	return s, c.call(ctx, r, &s)
}

// Status returns the post or the comment of a status id, an rg: URI or a web link.
func (c *Client) Status(ctx context.Context, post string) (Status, error) {
	var s Status
	return s, c.get(ctx, Ours+"statuses/resolve", url.Values{"post": {post}}, &s)
}

// Delete removes one's own post or comment of a status id.
func (c *Client) Delete(ctx context.Context, id string) error {
	return c.send(ctx, http.MethodDelete, statusPath(id), nil, nil)
}

// Home returns the newest posts of the accounts followed and one's own, newest
// first and older than a status id if one is given; at most 40 of them.
func (c *Client) Home(ctx context.Context, before string, limit int) ([]Status, error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	if before != "" {
		q.Set("max_id", before)
	}
	var s []Status
	return s, c.get(ctx, "/api/v1/timelines/home", q, &s)
}

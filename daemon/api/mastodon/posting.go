package mastodon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/publish"
)

// post publishes a status: a post, or, as the answer to another one, a comment.
func (a *API) post(ctx context.Context, c *rest.Call) (any, error) {
	const op = "mastodon.post"
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	if err := checkPossible(p); err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	say := a.publishPost
	if p.Get("in_reply_to_id") != "" {
		say = a.publishComment
	}
	uri, err := say(ctx, c, p)
	if err != nil {
		return nil, err
	}
	i, err := a.itemByURI(ctx, uri)
	if content.KindOf(err) == content.NotFound {
		return nil, content.Errorf(op, content.NotFound,
			"this was posted before, and deleted since: send it with another Idempotency-Key to post it again")
	}
	if err != nil {
		return nil, err
	}
	return a.Status(ctx, c, i)
}

func (a *API) publishPost(ctx context.Context, c *rest.Call, p rest.Params) (content.URI, error) {
	d, err := draft(p)
	if err != nil {
		return content.URI{}, err
	}
	return a.Publish.Post(ctx, c.Account(), d, idempotencyKey(c))
}

func idempotencyKey(c *rest.Call) string { return c.Request.Header.Get("Idempotency-Key") }

func draft(p rest.Params) (publish.Draft, error) {
	d := publish.Draft{
		Caption: p.Get("status"), Tags: p.List("tags"), Spoiler: p.Get("spoiler_text"), Lang: p.Get("language"),
	}
	d.Sensitive = p.Bool("sensitive", false) || d.Spoiler != "" // as Mastodon does
	for _, s := range p.List("media_ids") {
		id, err := publish.ParseMediaID(s)
		if err != nil {
			return d, err
		}
		d.Media = append(d.Media, id)
	}
	return d, nil
}

// impossible is what apps can ask of a post and this node can't do yet. Doing
// something else in its place would surprise its author.
var impossible = map[string]string{
	"poll":             "a poll",
	"quoted_status_id": "a quote of another post",
	"quote_id":         "a quote of another post",
	"scheduled_at":     "a post for later",
}

func checkPossible(p rest.Params) error {
	for name, values := range p {
		top, _, _ := strings.Cut(name, "[")
		if what, ok := impossible[top]; ok && slices.ContainsFunc(values, func(v string) bool { return v != "" }) {
			return fmt.Errorf("%s can't be posted here yet: %s must be left out", what, top)
		}
	}
	if p.Bool("local_only", false) {
		return errors.New("every post goes to whoever follows you: local_only must be left out")
	}
	return checkVisibility(p.Get("visibility"))
}

// checkVisibility refuses what is for fewer people than everybody. Unlisted is
// public off the pages of hashtags, of which there are none.
func checkVisibility(v string) error {
	switch v {
	case "", "public", "unlisted":
		return nil
	case "private", "direct":
		return errors.New("posts for some people only are not possible yet, and this one was not posted: choose the visibility public, or wait with it")
	}
	return fmt.Errorf("there is no visibility %.40q: choose public or unlisted", v)
}

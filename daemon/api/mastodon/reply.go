package mastodon

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/publish"
)

// publishComment answers another status.
func (a *API) publishComment(ctx context.Context, c *rest.Call, p rest.Params) (content.URI, error) {
	const op = "mastodon.publishComment"
	switch {
	case len(p.List("media_ids")) > 0:
		return content.URI{}, content.Errorf(op, content.Invalid,
			"a comment is text alone: leave the photos out, or post them as a post of their own")
	case len(p.List("tags")) > 0:
		return content.URI{}, content.Errorf(op, content.Invalid, "the tags of a comment stand in its text: tags must be left out")
	}
	to, err := a.item(ctx, p.Get("in_reply_to_id"))
	if content.KindOf(err) == content.NotFound {
		return content.URI{}, content.Errorf(op, content.NotFound,
			"what this answers is not on this node: it was deleted, or its author is not followed any more")
	}
	if err != nil {
		return content.URI{}, err
	}
	return a.Publish.Comment(ctx, c.Account(), to.URI, commentOf(p), idempotencyKey(c))
}

func commentOf(p rest.Params) publish.Words {
	return publish.Words{Text: p.Get("status"), Spoiler: p.Get("spoiler_text"), Lang: p.Get("language")}
}

func (a *API) showStatus(ctx context.Context, c *rest.Call) (any, error) {
	i, err := a.item(ctx, c.Path("id"))
	if err != nil {
		return nil, err
	}
	return a.Status(ctx, c, i)
}

// editStatus says another thing in a comment. What the call leaves out stays.
func (a *API) editStatus(ctx context.Context, c *rest.Call) (any, error) {
	const op = "mastodon.editStatus"
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	i, err := a.item(ctx, c.Path("id"))
	if err != nil {
		return nil, err
	}
	switch {
	case i.Comment == nil:
		return nil, content.Errorf(op, content.Invalid, "only comments can be edited yet: delete the post, and post it anew")
	case len(p.List("media_ids")) > 0 || len(p.List("media_attributes")) > 0:
		return nil, content.Errorf(op, content.Invalid, "a comment is text alone: leave the photos out")
	}
	if err := a.Publish.EditComment(ctx, c.Account(), i.URI, edited(p, i.Comment.Comment)); err != nil {
		return nil, err
	}
	if i, err = a.itemByURI(ctx, i.URI); err != nil {
		return nil, err
	}
	return a.Status(ctx, c, i)
}

// edited returns the words of a comment with those that are sent.
func edited(p rest.Params, was *record.Comment) publish.Words {
	w := publish.Words{Text: was.Text, Spoiler: was.Spoiler, Lang: was.Lang}
	for name, to := range map[string]*string{"status": &w.Text, "spoiler_text": &w.Spoiler, "language": &w.Lang} {
		if s, sent := p.Lookup(name); sent {
			*to = s
		}
	}
	return w
}

// statusSource answers with a text as it was typed, for apps that edit it.
func (a *API) statusSource(ctx context.Context, c *rest.Call) (any, error) {
	i, err := a.item(ctx, c.Path("id"))
	if err != nil {
		return nil, err
	}
	if i.Comment != nil {
		return object{"id": i.own().String(), "text": i.Comment.Comment.Text, "spoiler_text": i.Comment.Comment.Spoiler}, nil
	}
	return object{"id": i.own().String(), "text": i.Post.Caption, "spoiler_text": i.Post.Spoiler}, nil
}

// deleteStatus answers with the post or the comment as it was and its text, as it
// was typed. A reblog is taken back.
func (a *API) deleteStatus(ctx context.Context, c *rest.Call) (any, error) {
	i, err := a.item(ctx, c.Path("id"))
	if err != nil {
		return nil, err
	}
	s, err := a.Status(ctx, c, i)
	if err != nil {
		return nil, err
	}
	if i.Reblog != nil && i.Reblog.By != c.Account() {
		return nil, content.Errorf("mastodon.deleteStatus", content.Permission, "only who reblogged this can take it back")
	}
	if i.Reblog != nil {
		return s, a.Publish.Unreblog(ctx, c.Account(), i.URI)
	}
	deleted, err := a.Publish.Delete(ctx, c.Account(), i.URI)
	if err != nil {
		return nil, err
	}
	s.Text = typed(deleted)
	return s, nil
}

// typed returns the text of a post or a comment as its author typed it.
func typed(r record.Record) *string {
	switch r := r.(type) {
	case *record.Post:
		return &r.Caption
	case *record.Comment:
		return &r.Text
	}
	return nil
}

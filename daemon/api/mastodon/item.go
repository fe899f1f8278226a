package mastodon

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/index"
)

// Item is what a status shows: a post, perhaps as somebody reblogged it, or a
// comment.
type Item struct {
	index.Entry
	Comment *index.Comment // if it is one; then only the names of the Entry are set
}

// itemOf returns the item of a comment.
func itemOf(c index.Comment) Item {
	return Item{index.Entry{ID: c.ID, URI: c.URI, CID: c.CID, Author: c.Author}, &c}
}

// itemsOf returns the items of a timeline.
func itemsOf(entries []index.Entry) []Item {
	list := make([]Item, len(entries))
	for i, e := range entries {
		list[i] = Item{Entry: e}
	}
	return list
}

// own is the id of what is shown itself, whoever reblogged it.
func (i Item) own() index.StatusID {
	if i.Reblog != nil {
		return i.Reblog.Post
	}
	return i.ID
}

// maker is whose page the status is on.
func (i Item) maker() content.AccountID {
	if i.Reblog != nil {
		return i.Reblog.By
	}
	return i.Author
}

// mentions returns whom the words mention.
func (i Item) mentions() []content.AccountID {
	if i.Comment != nil {
		return i.Comment.Comment.Mentions
	}
	return i.Post.Mentions
}

// answers returns what a comment answers: another comment, or the post.
func answers(c *record.Comment) content.URI {
	if c.Parent != nil {
		return c.Parent.URI()
	}
	return c.Post.URI()
}

// item returns a post, a reblog or a comment by its number.
func (a *API) item(ctx context.Context, number string) (Item, error) {
	id, err := index.ParseStatusID(number)
	if err != nil {
		return Item{}, err
	}
	e, err := a.Index.Post(ctx, id)
	if content.KindOf(err) == content.NotFound {
		e, err = a.Index.Reblog(ctx, id)
	}
	if content.KindOf(err) != content.NotFound {
		return Item{Entry: e}, err
	}
	c, err := a.Index.Comment(ctx, id)
	switch {
	case content.KindOf(err) == content.NotFound:
		return Item{}, content.Errorf("mastodon.item", content.NotFound, "there is no such post or comment here")
	case err != nil:
		return Item{}, err
	}
	return itemOf(c), nil
}

// itemByURI returns a post or a comment.
func (a *API) itemByURI(ctx context.Context, uri content.URI) (Item, error) {
	if uri.Path.Collection() == content.CollectionComment {
		c, err := a.Index.CommentByURI(ctx, uri)
		if err != nil {
			return Item{}, err
		}
		return itemOf(c), nil
	}
	e, err := a.Index.PostByURI(ctx, uri)
	return Item{Entry: e}, err
}

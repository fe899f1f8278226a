package mastodon

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
)

// maxContext is the most comments that an answer looks at, about as many as
// Mastodon's.
const maxContext = 4 * index.MaxThread

// Thread is Mastodon's entity Context.
type Thread struct {
	Ancestors   []Status `json:"ancestors"`
	Descendants []Status `json:"descendants"`
}

// threadOf answers with what a status answers, and with what answers it: each comment
// is followed by the answers to it.
func (a *API) threadOf(ctx context.Context, c *rest.Call) (any, error) {
	i, err := a.item(ctx, c.Path("id"))
	if err != nil {
		return nil, err
	}
	t := tree{under: make(map[content.URI][]index.Comment), above: make(map[content.URI]content.URI)}
	post := i.URI
	if i.Comment != nil {
		post = i.Comment.Post()
	}
	if err := a.read(ctx, c.Account(), post, &t); err != nil {
		return nil, err
	}
	above, err := a.ancestors(ctx, i, post, t)
	if err != nil {
		return nil, err
	}
	return a.writeThread(ctx, c, above, t.descendants(i.URI), t)
}

// tree is the comments on a post by what they answer.
type tree struct {
	under map[content.URI][]index.Comment
	above map[content.URI]content.URI
}

// read reads the comments on a post; none if the post is not here.
func (a *API) read(ctx context.Context, viewer content.AccountID, post content.URI, t *tree) error {
	var p index.ThreadPage
	for n := 0; n < maxContext; {
		list, err := a.Index.Thread(ctx, viewer, post, p)
		if content.KindOf(err) == content.NotFound {
			return nil
		}
		if err != nil || len(list) == 0 {
			return err
		}
		for _, c := range list {
			t.add(post, c)
		}
		n += len(list)
		p.Author, p.TID = list[len(list)-1].Author, list[len(list)-1].TID
	}
	return nil
}

// add adds the next comment of a thread. One that answers what is not in it, or
// comes later, stands under the post: so there are no circles.
func (t *tree) add(post content.URI, c index.Comment) {
	to := answers(c.Comment)
	if _, there := t.above[to]; !there {
		to = post
	}
	t.above[c.URI] = to
	t.under[to] = append(t.under[to], c)
}

// descendants returns what is under a status, depth first.
func (t *tree) descendants(of content.URI) (list []index.Comment) {
	rest := [][]index.Comment{t.under[of]}
	for len(rest) > 0 {
		last := len(rest) - 1
		if len(rest[last]) == 0 {
			rest = rest[:last]
			continue
		}
		c := rest[last][0]
		rest[last] = rest[last][1:]
		list, rest = append(list, c), append(rest, t.under[c.URI])
	}
	return list
}

// ancestors returns what a comment answers, the post first, as far as it is here.
func (a *API) ancestors(ctx context.Context, i Item, post content.URI, t tree) (list []Item, err error) {
	if i.Comment == nil {
		return nil, nil
	}
	for at, ok := t.above[i.URI]; ok && at != post; at, ok = t.above[at] {
		c, err := a.itemByURI(ctx, at)
		if err != nil {
			return nil, err
		}
		list = append([]Item{c}, list...)
	}
	p, err := a.itemByURI(ctx, post)
	if content.KindOf(err) == content.NotFound {
		return list, nil
	}
	return append([]Item{p}, list...), err
}

// writeThread makes the entities of both parts, with what was said to them read in one
// go.
func (a *API) writeThread(ctx context.Context, c *rest.Call, above []Item, below []index.Comment, t tree) (Thread, error) {
	all := above
	for _, b := range below {
		all = append(all, itemOf(b))
	}
	w := a.writer(ctx, c)
	w.replies = make(map[content.URI]int)
	for uri, list := range t.under {
		if uri.Path.Collection() == content.CollectionComment {
			w.replies[uri] = len(list)
		}
	}
	if err := w.count(all); err != nil {
		return Thread{}, err
	}
	statuses := make([]Status, len(all))
	for n, i := range all {
		var err error
		if statuses[n], err = w.status(i); err != nil {
			return Thread{}, err
		}
	}
	return Thread{Ancestors: statuses[:len(above):len(above)], Descendants: statuses[len(above):]}, nil
}

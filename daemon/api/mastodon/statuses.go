package mastodon

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
)

// Status returns the entity of a post, a reblog or a comment, as the caller sees it.
func (a *API) Status(ctx context.Context, c *rest.Call, i Item) (Status, error) {
	list, err := a.Statuses(ctx, c, []Item{i})
	if err != nil {
		return Status{}, err
	}
	return list[0], nil
}

// Statuses is [API.Status] of several. Each account is looked up once, and what was
// said to them in one go.
func (a *API) Statuses(ctx context.Context, c *rest.Call, items []Item) ([]Status, error) {
	w := a.writer(ctx, c)
	if err := w.count(items); err != nil {
		return nil, err
	}
	list := make([]Status, 0, len(items))
	for _, i := range items {
		s, err := w.status(i)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// writer makes the entities of one answer.
type writer struct {
	*API
	ctx      context.Context
	base     string
	viewer   content.AccountID
	accounts map[content.AccountID]Account
	counts   map[content.URI]index.Responses
	ids      map[content.URI]string // of what is answered; empty if it is not known
	replies  map[content.URI]int    // of comments, where a whole thread is written
}

func (a *API) writer(ctx context.Context, c *rest.Call) *writer {
	return &writer{
		API: a, ctx: ctx, base: c.Base, viewer: c.Account(), accounts: make(map[content.AccountID]Account),
		counts: make(map[content.URI]index.Responses), ids: make(map[content.URI]string),
	}
}

// count reads what was said to the items.
func (w *writer) count(items []Item) error {
	uris := make([]content.URI, len(items))
	for n, i := range items {
		uris[n] = i.URI
		w.ids[i.URI] = i.own().String()
	}
	counts, err := w.Index.Responses(w.ctx, w.viewer, uris...)
	for n, r := range counts {
		w.counts[uris[n]] = r
	}
	return err
}

// status returns an item with all that is around it.
func (w *writer) status(i Item) (Status, error) {
	author, err := w.account(i.Author)
	if err != nil {
		return Status{}, err
	}
	people, err := w.people(i.mentions())
	if err != nil {
		return Status{}, err
	}
	s := w.API.status(w.base, author, people, i)
	w.respond(&s, i)
	if i.Comment != nil {
		if err := w.place(&s, answers(i.Comment.Comment)); err != nil {
			return Status{}, err
		}
	}
	if i.Reblog != nil {
		return w.reblog(s, i)
	}
	return s, nil
}

// respond fills in the counts. What the viewer did counts at once, also if the
// author has not counted it yet.
func (w *writer) respond(s *Status, i Item) {
	r := w.counts[i.URI]
	s.FavouritesCount, s.ReblogsCount, s.RepliesCount = r.Likes, r.Reblogs, r.Comments
	s.Favourited, s.Reblogged = r.Liked, r.Reblogged
	if r.Liked {
		s.FavouritesCount = max(s.FavouritesCount, 1)
	}
	if r.Reblogged {
		s.ReblogsCount = max(s.ReblogsCount, 1)
	}
	s.RepliesCount += w.replies[i.URI]
}

// people returns the entities of some accounts.
func (w *writer) people(ids []content.AccountID) (list []Account, err error) {
	for _, id := range ids {
		of, err := w.account(id)
		if err != nil {
			return nil, err
		}
		list = append(list, of)
	}
	return list, nil
}

// place says what a comment answers. What is not known here has no id, but an
// author.
func (w *writer) place(s *Status, to content.URI) error {
	s.InReplyToAccountID = text(index.NumberOf(to.Account).String())
	id, known := w.ids[to]
	if !known {
		found, err := w.Index.IDOf(w.ctx, to)
		if err != nil && content.KindOf(err) != content.NotFound {
			return err
		}
		if err == nil {
			id = found.String()
		}
		w.ids[to] = id
	}
	s.InReplyToID = text(id)
	return nil
}

// reblog wraps a status in that of whom it was shown by.
func (w *writer) reblog(inner Status, i Item) (Status, error) {
	by, err := w.account(i.Reblog.By)
	if err != nil {
		return Status{}, err
	}
	s := inner
	s.Account, s.Reblog = by, &inner
	s.ID, s.CreatedAt = i.ID.String(), Time(i.ID.Time())
	s.URL = by.URL + "/" + s.ID
	s.URI = s.URL
	return s, nil
}

// account returns the entity of an account.
func (w *writer) account(id content.AccountID) (Account, error) {
	if known, ok := w.accounts[id]; ok {
		return known, nil
	}
	of, err := w.author(w.ctx, id)
	if err != nil {
		return Account{}, err
	}
	w.accounts[id] = w.Account(w.base, of)
	return w.accounts[id], nil
}

// author returns an account of which nothing may be known any more: what it said
// can be dropped between reading a timeline and looking up who said it.
func (a *API) author(ctx context.Context, id content.AccountID) (index.Account, error) {
	of, err := a.Index.Account(ctx, id)
	if content.KindOf(err) == content.NotFound {
		return index.Account{ID: id, Num: index.NumberOf(id)}, nil
	}
	return of, err
}

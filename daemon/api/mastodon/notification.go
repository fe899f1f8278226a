package mastodon

import (
	"context"
	"slices"
	"strings"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
)

// Notification is Mastodon's entity Notification.
type Notification struct {
	ID        string  `json:"id"`
	Type      string  `json:"type"`
	GroupKey  string  `json:"group_key"`
	CreatedAt Time    `json:"created_at"`
	Account   Account `json:"account"`
	Status    *Status `json:"status,omitempty"`

	Rossgram NotificationNames `json:"rossgram"`
}

// NotificationNames is what a Notification has of ours: what happened, in more kinds
// than Mastodon has, and the URI of the record that says so.
type NotificationNames struct {
	Type string `json:"type"`
	URI  string `json:"uri"`
}

// mastodonTypes are Mastodon's names of what happens here.
var mastodonTypes = map[index.NotificationType]string{
	index.NotifyFollow: "follow", index.NotifyLike: "favourite", index.NotifyReblog: "reblog",
	index.NotifyComment: "mention", index.NotifyMention: "mention", index.NotifyTag: "mention",
}

// asked is which notifications a call wants.
type asked struct {
	types   []index.NotificationType // none for all
	nothing bool                     // it wants types alone that there are none of
	account string                   // the number of whose doing it is, empty for anybody's
}

func askedFor(q rest.Params) asked {
	only, not := q.List("types"), q.List("exclude_types")
	w := asked{account: q.Get("account_id")}
	if len(only) == 0 && len(not) == 0 {
		return w
	}
	for kind, name := range mastodonTypes {
		if (len(only) == 0 || slices.Contains(only, name)) && !slices.Contains(not, name) {
			w.types = append(w.types, kind)
		}
	}
	w.nothing = len(w.types) == 0
	return w
}

// notifications answers with a page of what concerns the caller, the newest first.
func (a *API) notifications(ctx context.Context, c *rest.Call) (any, error) {
	p, err := page(c.Query())
	if err != nil {
		return nil, err
	}
	list := []Notification{}
	w := askedFor(c.Query())
	if w.nothing {
		return list, nil
	}
	found, more, err := a.notes(ctx, c.Account(), w, p)
	if err != nil {
		return nil, err
	}
	if list, err = a.writeNotes(ctx, c, found); err != nil {
		return nil, err
	}
	linkNotes(c, found, more)
	return list, nil
}

// noted is a notification with the status that it shows, if it shows one.
type noted struct {
	index.Notification
	item *Item
}

// notesLooked is about how many notifications an answer looks at.
const notesLooked = 1000

// notes returns a page, filled up from behind those that are left out: of others than
// were asked for, and of statuses that are not here, which apps don't expect. More is
// where older ones go on; 0 if there are none.
func (a *API) notes(ctx context.Context, me content.AccountID, w asked, p index.Page) (found []noted, more index.StatusID, err error) {
	for rest, looked := p, 0; ; {
		rest.Limit = p.Limit - len(found)
		list, err := a.Index.Notifications(ctx, me, w.types, rest)
		if err != nil {
			return nil, 0, err
		}
		if p.MinID > 0 {
			slices.Reverse(list) // those next to the bound first
		}
		if found, err = a.wanted(ctx, w, found, list); err != nil {
			return nil, 0, err
		}
		more = 0
		if len(list) == rest.Limit {
			more = list[len(list)-1].ID
		}
		if looked += len(list); more == 0 || len(found) == p.Limit || looked >= notesLooked {
			break
		}
		if p.MinID > 0 {
			rest.MinID = more
		} else {
			rest.MaxID = more
		}
	}
	if p.MinID > 0 && len(found) > 0 {
		slices.Reverse(found)
		more = found[len(found)-1].ID
	}
	return found, more, nil
}

// wanted adds those of a list that are to be shown.
func (a *API) wanted(ctx context.Context, w asked, found []noted, list []index.Notification) ([]noted, error) {
	for _, n := range list {
		if w.account != "" && w.account != index.NumberOf(n.Account).String() {
			continue
		}
		i, shown, err := a.noteItem(ctx, n)
		if err != nil {
			return nil, err
		}
		if shown {
			found = append(found, noted{n, i})
		}
	}
	return found, nil
}

// noteItem returns the status that a notification shows; shown is false if it should
// show one that is not here.
func (a *API) noteItem(ctx context.Context, n index.Notification) (item *Item, shown bool, err error) {
	if n.Status == (content.URI{}) {
		return nil, true, nil
	}
	i, err := a.itemByURI(ctx, n.Status)
	if content.KindOf(err) == content.NotFound {
		return nil, false, nil
	}
	return &i, err == nil, err
}

// linkNotes is [linkPages] where a page can end before it is full.
func linkNotes(c *rest.Call, found []noted, more index.StatusID) {
	var links []string
	if more != 0 {
		links = append(links, linkTo(c, "next", "max_id", more.String()))
	}
	if len(found) > 0 {
		links = append(links, linkTo(c, "prev", "min_id", found[0].ID.String()))
	}
	if len(links) > 0 {
		c.Writer.Header().Set("Link", strings.Join(links, ", "))
	}
}

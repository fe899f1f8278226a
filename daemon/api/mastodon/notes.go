package mastodon

import (
	"context"
	"strconv"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
)

// writeNotes makes the entities of notifications.
func (a *API) writeNotes(ctx context.Context, c *rest.Call, list []noted) ([]Notification, error) {
	w := a.writer(ctx, c)
	var items []Item
	for _, n := range list {
		if n.item != nil {
			items = append(items, *n.item)
		}
	}
	if err := w.count(items); err != nil {
		return nil, err
	}
	entities := make([]Notification, 0, len(list))
	for _, n := range list {
		e, err := w.note(n)
		if err != nil {
			return nil, err
		}
		entities = append(entities, e)
	}
	return entities, nil
}

func (w *writer) note(n noted) (Notification, error) {
	by, err := w.account(n.Account)
	if err != nil {
		return Notification{}, err
	}
	id := n.ID.String()
	e := Notification{
		ID: id, Type: mastodonTypes[n.Type], GroupKey: "ungrouped-" + id, CreatedAt: Time(n.At), Account: by,
		Rossgram: NotificationNames{string(n.Type), n.Record.String()},
	}
	if n.item != nil {
		s, err := w.status(*n.item)
		if err != nil {
			return Notification{}, err
		}
		e.Status = &s
	}
	return e, nil
}

func (a *API) showNotification(ctx context.Context, c *rest.Call) (any, error) {
	id, err := index.ParseStatusID(c.Path("id"))
	if err != nil {
		return nil, err
	}
	n, err := a.Index.Notification(ctx, c.Account(), id)
	if err != nil {
		return nil, err
	}
	i, shown, err := a.noteItem(ctx, n)
	if err == nil && !shown {
		err = content.Errorf("mastodon.showNotification", content.NotFound, "what this was about is not here any more")
	}
	if err != nil {
		return nil, err
	}
	list, err := a.writeNotes(ctx, c, []noted{{n, i}})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

func (a *API) dismissNotification(ctx context.Context, c *rest.Call) (any, error) {
	id, err := index.ParseStatusID(c.Path("id"))
	if err != nil {
		return nil, err
	}
	return object{}, a.Index.Dismiss(ctx, c.Account(), id)
}

func (a *API) clearNotifications(ctx context.Context, c *rest.Call) (any, error) {
	return object{}, a.Index.Clear(ctx, c.Account())
}

// The most unread notifications that are counted, unless more are asked for, and at
// all: as Mastodon's.
const (
	usualUnread = 100
	maxUnread   = 1000
)

func (a *API) unreadCount(ctx context.Context, c *rest.Call) (any, error) {
	limit, err := c.Query().Int("limit", usualUnread, 1, maxUnread)
	if err != nil {
		return nil, err
	}
	n, _, err := a.Index.Unread(ctx, c.Account())
	if err != nil {
		return nil, err
	}
	return object{"count": min(n, limit)}, nil
}

// Marker is Mastodon's entity Marker: up to where a timeline was read.
type Marker struct {
	LastReadID string `json:"last_read_id"`
	Version    int    `json:"version"`
	UpdatedAt  Time   `json:"updated_at"`
}

// markers answers with up to where the notifications were read. Of the home timeline
// nothing is kept.
func (a *API) markers(ctx context.Context, c *rest.Call) (any, error) {
	_, read, err := a.Index.Unread(ctx, c.Account())
	if err != nil {
		return nil, err
	}
	if read == 0 {
		return object{}, nil
	}
	return object{"notifications": Marker{LastReadID: strconv.FormatUint(uint64(read), 10), UpdatedAt: Time(read.Time())}}, nil
}

// mark notes up to where the notifications were read.
func (a *API) mark(ctx context.Context, c *rest.Call) (any, error) {
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	if s := p.Get("notifications[last_read_id]"); s != "" {
		id, err := index.ParseStatusID(s)
		if err != nil {
			return nil, err
		}
		if err := a.Index.MarkRead(ctx, c.Account(), id); err != nil {
			return nil, err
		}
	}
	return a.markers(ctx, c)
}

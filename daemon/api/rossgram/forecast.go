package rossgram

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/rest"
	syncing "rossgram.app/p2p/sync"
)

// Forecast is what following an account would take, in bytes, as one who holds it
// says.
type Forecast struct {
	DID     content.AccountID `json:"did"`
	Acct    string            `json:"acct"`
	From    string            `json:"from"` // who says so: a peer, or "" if it is held here
	Posts   int               `json:"posts"`
	Records int64             `json:"records_bytes"`
	// Renditions and Sources are of all photos there are, Smallest of the smallest
	// renditions alone.
	Smallest   int64 `json:"smallest_bytes"`
	Renditions int64 `json:"renditions_bytes"`
	Sources    int64 `json:"sources_bytes"`
	// Disk is what would be kept here unasked, as things are configured, and Daily
	// what would come each day, by the last 30 days.
	Disk  int64 `json:"disk_bytes"`
	Daily int64 `json:"daily_bytes"`
	// Left is for how much there is room without anything's making room.
	Left int64 `json:"left_bytes"`
}

// forecast answers with what following would take.
func (a *API) forecast(ctx context.Context, c *rest.Call) (any, error) {
	who, err := a.person(ctx, c.Query().Get("account"))
	if err != nil {
		return nil, err
	}
	id := who.Account.ID
	f := Forecast{DID: id, Acct: mastodon.Acct(who.Account)}
	size, err := a.Budget.Size(ctx, id)
	if content.KindOf(err) == content.NotFound {
		size, f.From, err = a.claimed(ctx, who)
	}
	if err != nil {
		return nil, err
	}
	left, err := a.Store.Left(ctx)
	if err != nil {
		return nil, err
	}
	f.Posts, f.Records, f.Left = size.Posts, size.Records, max(left, 0)
	f.Smallest, f.Renditions, f.Sources = size.Smallest, size.Renditions, size.Sources
	f.Disk, f.Daily = a.Budget.Forecast(id, size)
	return f, nil
}

// claimed asks those who may hold an account, after connecting to where its invite
// says.
func (a *API) claimed(ctx context.Context, who mastodon.Person) (size syncing.Size, from string, err error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if who.Invite != nil {
		if err := a.Follow.Invited(ctx, *who.Invite); err != nil {
			return size, "", err
		}
		for _, info := range who.Invite.Nodes {
			if a.dial(ctx, info) == nil {
				break
			}
		}
	}
	size, p, err := a.Follow.SizeOf(ctx, who.Account.ID)
	return size, p.String(), err
}

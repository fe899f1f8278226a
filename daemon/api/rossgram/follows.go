package rossgram

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/follow"
	"rossgram.app/daemon/index"
)

// Follow is an account followed, and how far its copy here is.
type Follow struct {
	DID           content.AccountID `json:"did"`
	Acct          string            `json:"acct"`
	Name          string            `json:"name"` // empty until it is known
	AccountID     string            `json:"account_id"`
	Phase         follow.Phase      `json:"phase"`
	Since         time.Time         `json:"since"`
	Rev           string            `json:"rev"` // empty until something is here
	Records       follow.Progress   `json:"records"`
	Files         Files             `json:"files"`
	Holders       int               `json:"holders"`
	LastContactAt *time.Time        `json:"last_contact_at"`
	// MaxBytes is the most bytes of photos that are kept; 0 is no limit of its own.
	MaxBytes int64 `json:"max_bytes"`
	// OnDemandBefore is when posts were made of which not all renditions are kept;
	// null if all are.
	OnDemandBefore *time.Time `json:"on_demand_before"`
	Error          string     `json:"error"`
}

// Files counts the files of a follow.
type Files struct {
	follow.Progress
	Bytes int64 `json:"bytes"` // of those that are done
}

// follows answers with whom the caller follows, by name.
func (a *API) follows(ctx context.Context, c *rest.Call) (any, error) {
	list := []Follow{}
	var cursor content.AccountID
	for more := true; more; more = !cursor.IsZero() {
		page, next, err := a.Index.Following(ctx, c.Account(), cursor, index.MaxLimit)
		if err != nil {
			return nil, err
		}
		for _, of := range page {
			list = append(list, a.followOf(of))
		}
		cursor = next
	}
	slices.SortStableFunc(list, func(x, y Follow) int { return cmp.Compare(x.Acct, y.Acct) })
	return list, nil
}

// follow begins to follow whom the caller names, and answers before anything of
// the account is here.
func (a *API) follow(ctx context.Context, c *rest.Call) (any, error) {
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	who, err := a.person(ctx, p.Get("who"))
	if err != nil {
		return nil, err
	}
	if err := a.limit(ctx, who.Account.ID, p); err != nil { // before anything is fetched
		return nil, err
	}
	if err := a.Publish.Follow(ctx, c.Account(), who.Account.ID); err != nil {
		return nil, err
	}
	if who.Invite != nil {
		if err := a.Follow.Invited(ctx, *who.Invite); err != nil {
			return nil, err
		}
	}
	return rest.Status{Code: http.StatusAccepted, Body: a.followOf(who.Account)}, nil
}

func (a *API) showFollow(ctx context.Context, c *rest.Call) (any, error) {
	id, err := content.ParseAccountID(c.Path("did"))
	if err != nil {
		return nil, err
	}
	follows, err := a.Index.Follows(ctx, c.Account(), id)
	if err != nil {
		return nil, err
	}
	if !follows {
		return nil, content.E("rossgram.showFollow", content.NotFound, errors.New("you don't follow "+id.String()))
	}
	of, err := a.accountOf(ctx, id)
	if err != nil {
		return nil, err
	}
	return a.followOf(of), nil
}

func (a *API) unfollow(ctx context.Context, c *rest.Call) (any, error) {
	id, err := content.ParseAccountID(c.Path("did"))
	if err != nil {
		return nil, err
	}
	return rest.NoContent, a.Publish.Unfollow(ctx, c.Account(), id)
}

// followOf returns how far the follow of an account is.
func (a *API) followOf(of index.Account) Follow {
	state, ok := a.Follow.State(of.ID)
	if !ok {
		state = follow.State{Account: of.ID, Phase: follow.Resolving, Since: a.Now()}
		if a.Replica.Owns(of.ID) {
			state.Phase, state.Since = follow.Current, a.Started
		}
	}
	f := entityOf(of, state)
	f.MaxBytes, _ = a.Budget.Cap(of.ID)
	if since, ok := a.Budget.OnDemandBefore(of.ID); ok {
		f.OnDemandBefore = moment(since.Time())
	}
	return f
}

func entityOf(of index.Account, s follow.State) Follow {
	f := Follow{
		DID: of.ID, Acct: mastodon.Acct(of), Name: nameOf(of), AccountID: of.Num.String(),
		Phase: s.Phase, Since: s.Since.UTC(), Records: s.Records, Files: Files{s.Files, s.FileBytes},
		Holders: s.Holders, Error: s.Error,
	}
	if s.Version.Rev != 0 {
		f.Rev = s.Version.Rev.String()
	}
	f.LastContactAt = moment(s.LastContact)
	return f
}

// moment is a time that may not have been yet.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

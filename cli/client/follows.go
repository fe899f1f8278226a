package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Phase is how far a follow is.
type Phase string

// The phases of a follow.
const (
	Resolving Phase = "resolving"   // looking for somebody who holds the account
	Syncing   Phase = "syncing"     // fetching
	Current   Phase = "current"     // everything is here, and new posts arrive
	NoHolder  Phase = "unreachable" // nobody who holds the account answers; tried again
	Forked    Phase = "forked"      // the account signed two histories: nothing is fetched
)

// Follow is an account followed, and how far its copy here is. Total 0 is not
// known yet.
type Follow struct {
	DID       string    `json:"did"`
	Acct      string    `json:"acct"`
	Name      string    `json:"name"`
	AccountID string    `json:"account_id"`
	Phase     Phase     `json:"phase"`
	Since     time.Time `json:"since"`
	Rev       string    `json:"rev"`
	Records   struct {
		Done  int `json:"done"`
		Total int `json:"total"`
	} `json:"records"`
	Files struct {
		Done  int   `json:"done"`
		Total int   `json:"total"`
		Bytes int64 `json:"bytes"`
	} `json:"files"`
	Holders       int        `json:"holders"`
	LastContactAt *time.Time `json:"last_contact_at"`
	Error         string     `json:"error"`
	MaxBytes      int64      `json:"max_bytes"` // of photos that are kept; 0 is no limit of its own
	// OnDemandBefore is when posts were made of which not all pictures are kept.
	OnDemandBefore *time.Time `json:"on_demand_before"`
}

// Follow follows an account, named as in [Client.Account]. It returns at once:
// the daemon fetches in the background.
func (c *Client) Follow(ctx context.Context, who string) (Follow, error) {
	var f Follow
	return f, c.send(ctx, http.MethodPost, Ours+"follows", map[string]string{"who": who}, &f)
}

// FollowUpTo follows an account, also if it is followed already, and keeps at most
// so many bytes of its photos; 0 is no limit.
func (c *Client) FollowUpTo(ctx context.Context, who string, maxBytes int64) (Follow, error) {
	var f Follow
	return f, c.send(ctx, http.MethodPost, Ours+"follows", map[string]any{"who": who, "max_bytes": maxBytes}, &f)
}

// Forecast is what following an account would take, in bytes, as somebody who holds
// it says; see docs/api.md.
type Forecast struct {
	DID             string `json:"did"`
	Acct            string `json:"acct"`
	From            string `json:"from"`
	Posts           int    `json:"posts"`
	RecordsBytes    int64  `json:"records_bytes"`
	SmallestBytes   int64  `json:"smallest_bytes"`
	RenditionsBytes int64  `json:"renditions_bytes"`
	SourcesBytes    int64  `json:"sources_bytes"`
	DiskBytes       int64  `json:"disk_bytes"`
	DailyBytes      int64  `json:"daily_bytes"`
	LeftBytes       int64  `json:"left_bytes"`
}

// Forecast asks what following an account would take.
func (c *Client) Forecast(ctx context.Context, who string) (Forecast, error) {
	var f Forecast
	return f, c.get(ctx, Ours+"forecast", url.Values{"account": {who}}, &f)
}

// Follows returns the accounts followed.
func (c *Client) Follows(ctx context.Context) ([]Follow, error) {
	var fs []Follow
	return fs, c.get(ctx, Ours+"follows", nil, &fs)
}

// FollowOf returns the follow of one account.
func (c *Client) FollowOf(ctx context.Context, did string) (Follow, error) {
	var f Follow
	return f, c.get(ctx, Ours+"follows/"+url.PathEscape(did), nil, &f)
}

// Unfollow ends the follow of an account.
func (c *Client) Unfollow(ctx context.Context, did string) error {
	return c.send(ctx, http.MethodDelete, Ours+"follows/"+url.PathEscape(did), nil, nil)
}

// Invite is a line for somebody else, who follows the account with it.
type Invite struct {
	Invite    string    `json:"invite"`
	ExpiresAt time.Time `json:"expires_at"`
	Account   string    `json:"account"`
	Addresses []string  `json:"addresses"`
}

// Invite makes an invite that is good for a time, at most a year; 0 is the
// daemon's own choice.
func (c *Client) Invite(ctx context.Context, expires time.Duration) (Invite, error) {
	in := map[string]int64{}
	if expires > 0 {
		in["expires_in"] = int64(expires / time.Second)
	}
	var i Invite
	return i, c.send(ctx, http.MethodPost, Ours+"invites", in, &i)
}

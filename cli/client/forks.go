package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Left is a record that was left behind when the account moved.
type Left struct {
	URI        string    `json:"uri"`
	CID        string    `json:"cid"`
	Collection string    `json:"collection"`
	Caption    string    `json:"caption"`
	Photos     int       `json:"photos"`
	Created    time.Time `json:"created_at"`
	Complete   bool      `json:"complete"` // its photos are here
}

// Left returns what was left behind and is not posted again.
func (c *Client) Left(ctx context.Context) ([]Left, error) {
	var l []Left
	return l, c.get(ctx, Ours+"left-behind", nil, &l)
}

// Rescue posts again what was left behind, all if no URIs are named, and returns
// how many were.
func (c *Client) Rescue(ctx context.Context, uris []string) (int, error) {
	var out struct {
		Posted int `json:"posted"`
	}
	err := c.send(ctx, http.MethodPost, Ours+"left-behind", map[string][]string{"uris": uris}, &out)
	return out.Posted, err
}

// GiveUpLeft drops what was left behind.
func (c *Client) GiveUpLeft(ctx context.Context) error {
	return c.send(ctx, http.MethodDelete, Ours+"left-behind", nil, nil)
}

// Yield ends posting on the daemon's machine, in favour of a copy of its home.
func (c *Client) Yield(ctx context.Context) error {
	return c.send(ctx, http.MethodPost, Ours+"yield", nil, nil)
}

// Fork is evidence that an account signed two histories.
type Fork struct {
	DID       string   `json:"did"`
	Acct      string   `json:"acct"`
	Own       bool     `json:"own"`
	Epoch     int      `json:"epoch"`
	Healed    bool     `json:"healed"`
	OneWriter bool     `json:"one_writer"`
	Revs      []string `json:"revs"`
	Message   string   `json:"message"`
}

// Forks returns the forks of which the daemon has evidence.
func (c *Client) Forks(ctx context.Context) ([]Fork, error) {
	var fs []Fork
	return fs, c.get(ctx, Ours+"forks", nil, &fs)
}

// ForkEvidence returns the evidence itself, which anybody can verify.
func (c *Client) ForkEvidence(ctx context.Context, did string) ([]byte, error) {
	res, err := c.do(ctx, request{method: http.MethodGet, path: Ours + "forks/" + url.PathEscape(did)})
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(io.LimitReader(res.Body, 1<<16))
}

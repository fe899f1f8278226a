package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Mirrors is who keeps the account whole, and whom this node does.
type Mirrors struct {
	Mine   []MyMirror    `json:"mine"`
	Others []GivenMirror `json:"others"`
}

// MyMirror is a node that was asked to keep the account. State is asked, pending,
// accepted, refused or ending.
type MyMirror struct {
	Node          string     `json:"node"`
	State         string     `json:"state"`
	MaxBytes      int64      `json:"max_bytes"`
	PromisedBytes int64      `json:"promised_bytes"`
	UsedBytes     int64      `json:"used_bytes"`
	Words         string     `json:"words"`
	Since         time.Time  `json:"since"`
	LastContactAt *time.Time `json:"last_contact_at"`
	Connected     bool       `json:"connected"`
}

// GivenMirror is an account that the node was asked to keep. State is pending,
// accepted or refused.
type GivenMirror struct {
	DID           string    `json:"did"`
	Acct          string    `json:"acct"`
	Name          string    `json:"name"`
	State         string    `json:"state"`
	MaxBytes      int64     `json:"max_bytes"`
	PromisedBytes int64     `json:"promised_bytes"`
	UsedBytes     int64     `json:"used_bytes"`
	Words         string    `json:"words"`
	AskedAt       time.Time `json:"asked_at"`
	AskedBy       string    `json:"asked_by"`
	Phase         Phase     `json:"phase"`
	Error         string    `json:"error"`
}

// Mirrors returns both.
func (c *Client) Mirrors(ctx context.Context) (Mirrors, error) {
	var m Mirrors
	return m, c.get(ctx, Ours+"mirrors", nil, &m)
}

// AskMirror asks a node, named by its ID, an address or an invite, to keep the
// account in up to max bytes. It returns what the node says, or that it is asked
// once it is connected.
func (c *Client) AskMirror(ctx context.Context, node string, max int64) (MyMirror, error) {
	var m MyMirror
	return m, c.send(ctx, http.MethodPost, Ours+"mirrors", map[string]any{"node": node, "max_bytes": max}, &m)
}

// EndMirror tells a node that it need not keep the account any more.
func (c *Client) EndMirror(ctx context.Context, node string) error {
	return c.send(ctx, http.MethodDelete, Ours+"mirrors/"+url.PathEscape(node), nil, nil)
}

// AcceptMirror promises to keep an account, in up to max bytes or what it asked for
// if that is 0.
func (c *Client) AcceptMirror(ctx context.Context, did string, max int64) (GivenMirror, error) {
	var m GivenMirror
	return m, c.send(ctx, http.MethodPost, Ours+"mirrors/"+url.PathEscape(did)+"/accept", map[string]int64{"max_bytes": max}, &m)
}

// RefuseMirror says that an account is not kept here, or not any more.
func (c *Client) RefuseMirror(ctx context.Context, did, words string) (GivenMirror, error) {
	var m GivenMirror
	return m, c.send(ctx, http.MethodPost, Ours+"mirrors/"+url.PathEscape(did)+"/refuse", map[string]string{"words": words}, &m)
}

// Holders is who holds a post, as far as the daemon knows.
type Holders struct {
	URI     string `json:"uri"`
	CID     string `json:"cid"`
	Here    string `json:"here"`
	Holders []struct {
		Node      string    `json:"node"`
		Holds     string    `json:"holds"` // records, renditions or whole
		AsOf      time.Time `json:"as_of"`
		Mirror    bool      `json:"mirror"`
		Connected bool      `json:"connected"`
	} `json:"holders"`
	Pinned []struct {
		Service string `json:"service"`
		Status  string `json:"status"` // queued, pinning, pinned or failed
		Error   string `json:"error"`
	} `json:"pinned"`
	Whole      int `json:"whole"`
	Renditions int `json:"renditions"`
	Records    int `json:"records"`
}

// Holders returns who holds a post, named as in [Client.Post]. With ask, those
// connected are asked now.
func (c *Client) Holders(ctx context.Context, post string, ask bool) (Holders, error) {
	query := url.Values{}
	if ask {
		query.Set("ask", "true")
	}
	var h Holders
	return h, c.get(ctx, Ours+"posts/"+url.PathEscape(post)+"/holders", query, &h)
}

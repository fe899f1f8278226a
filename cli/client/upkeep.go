package client

import (
	"context"
	"net/http"
)

// Collected is what a garbage collection freed.
type Collected struct {
	BlocksDropped int   `json:"blocks_dropped"`
	BytesDropped  int64 `json:"bytes_dropped"`
	LogBytesFreed int64 `json:"log_bytes_freed"`
}

// Collect drops blocks that nothing refers to.
func (c *Client) Collect(ctx context.Context) (Collected, error) {
	var g Collected
	return g, c.send(ctx, http.MethodPost, Ours+"gc", nil, &g)
}

// Verified is what reading every block showed.
type Verified struct {
	Blocks     int       `json:"blocks"`
	Bytes      int64     `json:"bytes"`
	Damaged    []Damaged `json:"damaged"`
	Refetching int       `json:"refetching"`
}

// Damaged is a block whose bytes are not what its CID names, and whose it is.
type Damaged struct {
	CID      string   `json:"cid"`
	Accounts []string `json:"accounts"`
}

// Verify has the daemon read everything it holds.
func (c *Client) Verify(ctx context.Context) (Verified, error) {
	var v Verified
	return v, c.send(ctx, http.MethodPost, Ours+"verify", nil, &v)
}

// Reindexed is what a new index was made from.
type Reindexed struct {
	Accounts int `json:"accounts"`
	Records  int `json:"records"`
	Posts    int `json:"posts"`
}

// Reindex has the daemon throw its index away and make it anew.
func (c *Client) Reindex(ctx context.Context) (Reindexed, error) {
	var r Reindexed
	return r, c.send(ctx, http.MethodPost, Ours+"reindex", nil, &r)
}

package client

import (
	"context"
	"net/http"
	"time"
)

// Node is what runs and what it costs; see docs/api.md.
type Node struct {
	Version   string      `json:"version"`
	PeerID    string      `json:"peer_id"`
	StartedAt time.Time   `json:"started_at"`
	UptimeS   int64       `json:"uptime_s"`
	Account   NodeAccount `json:"account"`
	API       string      `json:"api"`
	Addresses []string    `json:"addresses"`
	Peers     int         `json:"peers"`
	DHT       DHT         `json:"dht"`
	Follows   struct {
		Total       int `json:"total"`
		Current     int `json:"current"`
		Syncing     int `json:"syncing"`
		Unreachable int `json:"unreachable"`
	} `json:"follows"`
	Mirrors struct {
		Mine    int `json:"mine"`
		Asked   int `json:"asked"`
		Others  int `json:"others"`
		Waiting int `json:"waiting"`
	} `json:"mirrors"`
	Bandwidth struct {
		InBytes  int64 `json:"in_bytes"`
		OutBytes int64 `json:"out_bytes"`
	} `json:"bandwidth"`
	Memory struct {
		ResidentBytes int64 `json:"resident_bytes"`
	} `json:"memory"`
	Goroutines   int          `json:"goroutines"`
	Disk         Disk         `json:"disk"`
	Budget       Budget       `json:"budget"`
	Reachability Reachability `json:"reachability"`
	Warnings     []Warning    `json:"warnings"`
}

// Reachability says how others get through to the node. A status is public,
// private or unknown.
type Reachability struct {
	Status    string `json:"status"`
	Addresses []struct {
		Address string `json:"address"`
		Status  string `json:"status"`
	} `json:"addresses"`
	Mapped         []string `json:"mapped"`
	Relays         []string `json:"relays"`
	PrivateNetwork bool     `json:"private_network"`
	Relay          struct {
		On    bool `json:"on"`
		Peers int  `json:"peers"`
	} `json:"relay"`
}

// DHT is how the node stands to the DHT.
type DHT struct {
	Mode        string     `json:"mode"` // off, client or server
	Peers       int        `json:"peers"`
	Published   int        `json:"published"`
	LastSuccess *time.Time `json:"last_success"`
}

// NodeAccount is the account that the token belongs to.
type NodeAccount struct {
	DID  string `json:"did"`
	Acct string `json:"acct"`
	Name string `json:"name"`
	Head struct {
		Epoch int    `json:"epoch"`
		Rev   string `json:"rev"`
		CID   string `json:"cid"`
	} `json:"head"`
}

// Disk is what a node holds, in bytes; MaxBytes 0 is no limit.
type Disk struct {
	BlocksBytes int64 `json:"blocks_bytes"`
	StateBytes  int64 `json:"state_bytes"`
	IndexBytes  int64 `json:"index_bytes"`
	FreeBytes   int64 `json:"free_bytes"`
	MaxBytes    int64 `json:"max_bytes"`
	Accounts    []struct {
		DID   string `json:"did"`
		Acct  string `json:"acct"`
		Bytes int64  `json:"bytes"`
		Own   bool   `json:"own"`
	} `json:"accounts"`
}

// Budget is what the node may use and what it has used; 0 is no limit.
type Budget struct {
	Today struct {
		DownBytes    int64 `json:"down_bytes"`
		UpBytes      int64 `json:"up_bytes"`
		MaxDownBytes int64 `json:"max_down_bytes"`
		MaxUpBytes   int64 `json:"max_up_bytes"`
	} `json:"today"`
	UploadRate     int64 `json:"upload_rate"` // bytes a second
	Metered        bool  `json:"metered"`
	PerFollowBytes int64 `json:"per_follow_bytes"`
	Evicted        struct {
		Files int   `json:"files"`
		Bytes int64 `json:"bytes"`
	} `json:"evicted"`
	OnDemand int `json:"on_demand"` // accounts whose older photos are here only on demand
}

// SetMetered says whether the connection costs by the byte, until the daemon ends.
func (c *Client) SetMetered(ctx context.Context, on bool) (Budget, error) {
	var b Budget
	return b, c.send(ctx, http.MethodPatch, Ours+"budget", map[string]bool{"metered": on}, &b)
}

// Warning is something the owner should do; Message says what.
type Warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Node returns the state of the daemon.
func (c *Client) Node(ctx context.Context) (Node, error) {
	var n Node
	return n, c.get(ctx, Ours+"node", nil, &n)
}

// Peer is a node that this one is connected to.
type Peer struct {
	ID          string    `json:"id"`
	Addresses   []string  `json:"addresses"`
	Agent       string    `json:"agent"`
	Direction   string    `json:"direction"`
	LatencyMS   float64   `json:"latency_ms"`
	ConnectedAt time.Time `json:"connected_at"`
}

// Peers returns who the daemon is connected to.
func (c *Client) Peers(ctx context.Context) ([]Peer, error) {
	var ps []Peer
	return ps, c.get(ctx, Ours+"peers", nil, &ps)
}

// Connect connects the daemon to a multiaddr with a peer, or to the nodes of an
// invite, and returns the peer once it is connected.
func (c *Client) Connect(ctx context.Context, address string) (Peer, error) {
	var p Peer
	return p, c.send(ctx, http.MethodPost, Ours+"peers", map[string]string{"address": address}, &p)
}

// Link is a one-time link that signs a browser in.
type Link struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Link makes a one-time link.
func (c *Client) Link(ctx context.Context) (Link, error) {
	var l Link
	return l, c.send(ctx, http.MethodPost, Ours+"links", nil, &l)
}

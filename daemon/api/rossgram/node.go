package rossgram

import (
	"context"
	"runtime"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/follow"
)

// Node is what runs and what it costs.
type Node struct {
	Version    string      `json:"version"`
	PeerID     string      `json:"peer_id"`
	StartedAt  time.Time   `json:"started_at"`
	UptimeS    int64       `json:"uptime_s"`
	Account    NodeAccount `json:"account"`
	API        string      `json:"api"`
	Addresses  []string    `json:"addresses"`
	Peers      int         `json:"peers"`
	DHT        DHT         `json:"dht"`
	Follows    Phases      `json:"follows"`
	Mirrors    MirrorCount `json:"mirrors"`
	Bandwidth  Bandwidth   `json:"bandwidth"`
	Memory     Memory      `json:"memory"`
	Goroutines int         `json:"goroutines"`
	Disk       Disk        `json:"disk"`
	Budget     Budget      `json:"budget"`
	// Reachability says how others get through to the node.
	Reachability Reachability `json:"reachability"`
	Warnings     []Warning    `json:"warnings"`
}

// NodeAccount is the account that the token belongs to.
type NodeAccount struct {
	DID  content.AccountID `json:"did"`
	Acct string            `json:"acct"`
	Name string            `json:"name"`
	Head Head              `json:"head"`
}

// Head is the last commit of an account.
type Head struct {
	Epoch content.Epoch `json:"epoch"`
	Rev   content.TID   `json:"rev"`
	CID   string        `json:"cid"`
}

// DHT is how the node stands to the DHT in which strangers find each other.
type DHT struct {
	Mode        string     `json:"mode"` // off, client, or server if others may ask this node
	Peers       int        `json:"peers"`
	Published   int        `json:"published"` // accounts
	LastSuccess *time.Time `json:"last_success"`
}

// Phases counts the follows of the node; those that are forked or not found yet
// are in Total alone.
type Phases struct {
	Total       int `json:"total"`
	Current     int `json:"current"`
	Syncing     int `json:"syncing"`
	Unreachable int `json:"unreachable"`
}

// Bandwidth is what went over streams since the start.
type Bandwidth struct {
	InBytes  int64 `json:"in_bytes"`
	OutBytes int64 `json:"out_bytes"`
}

// Memory is what the process has in the machine's memory.
type Memory struct {
	ResidentBytes int64 `json:"resident_bytes"`
}

func (a *API) node(ctx context.Context, c *rest.Call) (any, error) {
	account, head, err := a.nodeAccount(ctx, c.Account())
	if err != nil {
		return nil, err
	}
	disk, err := a.disk.read(ctx, a)
	if err != nil {
		return nil, err
	}
	states := a.Follow.States()
	warnings, err := a.warnings(ctx, c.Account(), head, disk, states)
	if err != nil {
		return nil, err
	}
	in, out := a.Host.Bandwidth()
	return Node{
		Version: a.Version, PeerID: a.Host.ID().String(),
		StartedAt: a.Started.UTC(), UptimeS: int64(a.Now().Sub(a.Started) / time.Second),
		Account: account, API: c.Base, Addresses: texts(a.Host.Addrs()), Peers: len(a.Host.Peers()), DHT: a.dht(),
		Follows: count(states), Mirrors: a.countMirrors(c.Account()),
		Bandwidth: Bandwidth{in, out}, Memory: Memory{residentBytes()},
		Goroutines: runtime.NumGoroutine(), Disk: disk, Reachability: reachability(a.Host.Reachability()), Budget: a.Budget.Status(),
		Warnings: warnings,
	}, nil
}

func (a *API) nodeAccount(ctx context.Context, id content.AccountID) (NodeAccount, content.Head, error) {
	of, err := a.accountOf(ctx, id)
	if err != nil {
		return NodeAccount{}, content.Head{}, err
	}
	head, err := a.Replica.Head(ctx, id)
	if err != nil {
		return NodeAccount{}, content.Head{}, err
	}
	commit, err := repo.CommitBlock(head.Commit)
	if err != nil {
		return NodeAccount{}, content.Head{}, err
	}
	v := head.Version()
	return NodeAccount{id, mastodon.Acct(of), nameOf(of), Head{v.Epoch, v.Rev, commit.CID.String()}}, head, nil
}

func (a *API) dht() DHT {
	if a.DHT == nil {
		return DHT{Mode: "off"}
	}
	s := a.DHT.State()
	d := DHT{Mode: "client", Peers: s.Peers, Published: s.Published}
	if s.Serves {
		d.Mode = "server"
	}
	if !s.Last.IsZero() {
		last := s.Last.UTC()
		d.LastSuccess = &last
	}
	return d
}

func count(states []follow.State) Phases {
	n := Phases{Total: len(states)}
	for _, s := range states {
		switch s.Phase {
		case follow.Current:
			n.Current++
		case follow.Syncing:
			n.Syncing++
		case follow.Unreachable:
			n.Unreachable++
		}
	}
	return n
}

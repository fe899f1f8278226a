package rossgram

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/follow"
	"rossgram.app/daemon/mirror"
	protocol "rossgram.app/p2p/mirror"
)

// Mirrors is who keeps the token's account whole, and whom this node does.
type Mirrors struct {
	Mine   []Wanted `json:"mine"`
	Others []Given  `json:"others"`
}

// Wanted is a node that was asked to keep the token's account.
type Wanted struct {
	Node          string         `json:"node"`
	State         protocol.State `json:"state"`
	MaxBytes      int64          `json:"max_bytes"`
	PromisedBytes int64          `json:"promised_bytes"`
	UsedBytes     int64          `json:"used_bytes"`
	Words         string         `json:"words"`
	Since         time.Time      `json:"since"`
	LastContactAt *time.Time     `json:"last_contact_at"`
	Connected     bool           `json:"connected"`
}

// Given is an account that this node was asked to keep.
type Given struct {
	DID       content.AccountID `json:"did"`
	Acct      string            `json:"acct"`
	Name      string            `json:"name"`
	State     protocol.State    `json:"state"`
	MaxBytes  int64             `json:"max_bytes"`
	Promised  int64             `json:"promised_bytes"`
	UsedBytes int64             `json:"used_bytes"`
	Words     string            `json:"words"`
	AskedAt   time.Time         `json:"asked_at"`
	AskedBy   string            `json:"asked_by"` // the node
	Phase     follow.Phase      `json:"phase"`    // empty unless it is kept
	Error     string            `json:"error"`
}

// MirrorCount is the mirrors in figures.
type MirrorCount struct {
	Mine    int `json:"mine"`    // nodes that have promised to keep the token's account
	Asked   int `json:"asked"`   // nodes that have not decided about it
	Others  int `json:"others"`  // accounts kept for others
	Waiting int `json:"waiting"` // accounts that wait for a decision here
}

func (a *API) countMirrors(own content.AccountID) (n MirrorCount) {
	for _, w := range a.Mirrors.Wanted() {
		switch {
		case w.Account != own:
		case w.State == protocol.Accepted:
			n.Mine++
		case w.State == protocol.Pending || w.State == mirror.Asked:
			n.Asked++
		}
	}
	for _, g := range a.Mirrors.Given() {
		switch g.State {
		case protocol.Accepted:
			n.Others++
		case protocol.Pending:
			n.Waiting++
		}
	}
	return n
}

func (a *API) mirrors(ctx context.Context, c *rest.Call) (any, error) {
	m := Mirrors{Mine: []Wanted{}, Others: []Given{}}
	for _, w := range a.Mirrors.Wanted() {
		if w.Account == c.Account() {
			m.Mine = append(m.Mine, a.wantedOf(w))
		}
	}
	for _, g := range a.Mirrors.Given() {
		given, err := a.givenOf(ctx, g)
		if err != nil {
			return nil, err
		}
		m.Others = append(m.Others, given)
	}
	return m, nil
}

func (a *API) wantedOf(w mirror.Wanted) Wanted {
	_, connected := a.Host.Peer(w.Node)
	return Wanted{
		Node: w.Node.String(), State: w.State, MaxBytes: w.Cap, PromisedBytes: w.Promised, UsedBytes: w.Used,
		Words: w.Words, Since: w.Since.UTC(), LastContactAt: moment(w.Contact), Connected: connected,
	}
}

func (a *API) givenOf(ctx context.Context, g mirror.Given) (Given, error) {
	of, err := a.accountOf(ctx, g.Account)
	if err != nil {
		return Given{}, err
	}
	given := Given{
		DID: g.Account, Acct: mastodon.Acct(of), Name: nameOf(of), State: g.State, MaxBytes: g.Asked, Promised: g.Cap,
		Words: g.Words, AskedAt: g.Time.UTC(), AskedBy: g.From.String(),
	}
	if state, kept := a.Follow.MirrorState(g.Account); kept {
		given.Phase, given.Error = state.Phase, state.Error
		size, err := a.Store.Sizes(ctx, g.Account)
		if err != nil {
			return Given{}, err
		}
		given.UsedBytes = size.Bytes
	}
	return given, nil
}

// askMirror asks a node to keep the caller's account.
func (a *API) askMirror(ctx context.Context, c *rest.Call) (any, error) {
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	cap, err := maxBytes(p)
	if err != nil {
		return nil, err
	}
	if cap == 0 {
		return nil, content.Errorf("rossgram.askMirror", content.Invalid, "say how much the mirror may take there: max_bytes")
	}
	node, err := a.reach(ctx, strings.TrimSpace(p.Get("node")))
	if err != nil {
		return nil, err
	}
	w, err := a.Mirrors.Ask(ctx, c.Account(), node, cap)
	if err != nil {
		return nil, err
	}
	return rest.Status{Code: http.StatusAccepted, Body: a.wantedOf(w)}, nil
}

func maxBytes(p rest.Params) (int64, error) {
	n, err := p.Int("max_bytes", 0, 0, int(min(protocol.MaxCap, math.MaxInt)))
	return int64(n), err
}

// reach returns the node that is meant, and connects to it where an address is
// given.
func (a *API) reach(ctx context.Context, text string) (peer.ID, error) {
	if id, err := peer.Decode(text); err == nil {
		return id, nil
	}
	nodes, err := a.nodesOf(ctx, text)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	for _, info := range nodes {
		if err = a.dial(ctx, info); err == nil {
			return info.ID, nil
		}
	}
	return "", err
}

func (a *API) acceptMirror(ctx context.Context, c *rest.Call) (any, error) {
	id, err := content.ParseAccountID(c.Path("did"))
	if err != nil {
		return nil, err
	}
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	cap, err := maxBytes(p)
	if err != nil {
		return nil, err
	}
	g, err := a.Mirrors.Accept(ctx, id, cap)
	if err != nil {
		return nil, err
	}
	return a.givenOf(ctx, g)
}

func (a *API) refuseMirror(ctx context.Context, c *rest.Call) (any, error) {
	id, err := content.ParseAccountID(c.Path("did"))
	if err != nil {
		return nil, err
	}
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	g, err := a.Mirrors.Refuse(ctx, id, cmp.Or(p.Get("words"), "the node's owner says no"))
	if err != nil {
		return nil, err
	}
	return a.givenOf(ctx, g)
}

func (a *API) endMirror(ctx context.Context, c *rest.Call) (any, error) {
	node, err := peer.Decode(c.Path("node"))
	if err != nil {
		return nil, content.E("rossgram.endMirror", content.Invalid, errors.New("a mirror is named by its node's ID, 12D3…"))
	}
	return rest.NoContent, a.Mirrors.End(ctx, c.Account(), node)
}

package rossgram

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/sec"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/p2p"
)

// connectTimeout is how long dialling on demand may take.
const connectTimeout = 30 * time.Second

// Peer is a node that this one is connected to. Agent is what it says of itself.
type Peer struct {
	ID          string    `json:"id"`
	Addresses   []string  `json:"addresses"`
	Agent       string    `json:"agent"`
	Direction   string    `json:"direction"`
	LatencyMS   float64   `json:"latency_ms"`
	ConnectedAt time.Time `json:"connected_at"`
}

func peerOf(p p2p.Peer) Peer {
	return Peer{
		ID: p.ID.String(), Addresses: withPeer(peer.AddrInfo{ID: p.ID, Addrs: p.Addrs}),
		Agent: strings.ToValidUTF8(p.Agent, "?"), Direction: strings.ToLower(p.Direction.String()),
		LatencyMS: float64(p.Latency.Microseconds()) / 1000, ConnectedAt: p.Since.UTC(),
	}
}

func (a *API) peers(context.Context, *rest.Call) (any, error) {
	list := []Peer{}
	for _, p := range a.Host.Peers() {
		list = append(list, peerOf(p))
	}
	return list, nil
}

// connect dials a node, or those of an invite until one answers.
func (a *API) connect(ctx context.Context, c *rest.Call) (any, error) {
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	nodes, err := a.nodesOf(ctx, strings.TrimSpace(p.Get("address")))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	for _, info := range nodes {
		if err = a.dial(ctx, info); err != nil {
			continue
		}
		if p, ok := a.Host.Peer(info.ID); ok {
			return peerOf(p), nil
		}
		err = content.Errorf("rossgram.connect", content.Unavailable, info.ID.String()+" answered and hung up: try again in a moment")
	}
	return nil, err
}

// nodesOf reads an address: a multiaddr that ends in /p2p/ID, or an invite.
func (a *API) nodesOf(ctx context.Context, address string) ([]peer.AddrInfo, error) {
	const op = "rossgram.connect"
	if strings.HasPrefix(address, "/") {
		m, err := ma.NewMultiaddr(address)
		if err != nil {
			return nil, content.E(op, content.Invalid, fmt.Errorf("%q is not an address: %w", address, err))
		}
		info, err := peer.AddrInfoFromP2pAddr(m)
		if err != nil || len(info.Addrs) == 0 {
			return nil, content.E(op, content.Invalid, errors.New("the address must end in /p2p/ and the node's ID, as rossgram status prints it there"))
		}
		return []peer.AddrInfo{*info}, nil
	}
	p, err := a.Mastodon.ResolveAccount(ctx, address)
	if err == nil && p.Invite == nil || content.KindOf(err) == content.NotFound {
		return nil, content.Errorf(op, content.Invalid, "an address is an invite, or one like /ip4/192.0.2.7/tcp/7671/p2p/12D3…")
	}
	if err != nil {
		return nil, err
	}
	if len(p.Invite.Nodes) == 0 {
		return nil, content.Errorf(op, content.Invalid, "the invite names no address: ask for a new one")
	}
	return p.Invite.Nodes, a.Follow.Invited(ctx, *p.Invite)
}

func (a *API) dial(ctx context.Context, info peer.AddrInfo) error {
	const op = "rossgram.connect"
	if info.ID == a.Host.ID() {
		return content.Errorf(op, content.Invalid, "that is this node's own name: if another machine answers there, its home is a copy of this one, "+
			"and two nodes of one name can't meet. Stop the daemon on one of the two, delete node.key in its home, and start it again")
	}
	err := a.Host.Connect(ctx, info)
	if err == nil || content.KindOf(err) == content.Invalid {
		return err
	}
	if other, ok := errors.AsType[sec.ErrPeerIDMismatch](err); ok {
		return content.Errorf(op, content.Unavailable, fmt.Sprintf("another node answers there, %s: ask for the present address", other.Actual))
	}
	return content.Errorf(op, content.Unavailable, fmt.Sprintf(
		"%s does not answer at %s: see that it runs, that the address is right, and that nothing on the way blocks it",
		info.ID, strings.Join(texts(info.Addrs), " or ")))
}

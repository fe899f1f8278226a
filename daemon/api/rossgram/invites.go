package rossgram

import (
	"context"
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/p2p/discover"
)

const (
	inviteLife    = 30 * 24 * time.Hour
	maxInviteLife = 365 * 24 * time.Hour
)

// Invite is a line for somebody else, who follows the account with it.
type Invite struct {
	Invite    string            `json:"invite"`
	ExpiresAt time.Time         `json:"expires_at"`
	Account   content.AccountID `json:"account"`
	Addresses []string          `json:"addresses"`
}

func (a *API) invite(ctx context.Context, c *rest.Call) (any, error) {
	const op = "rossgram.invite"
	life, err := inviteLifeOf(c)
	if err != nil {
		return nil, err
	}
	hosted, err := a.Replica.Writer(c.Account())
	if err != nil {
		return nil, err
	}
	of, err := a.accountOf(ctx, c.Account())
	if err != nil {
		return nil, err
	}
	here := peer.AddrInfo{ID: a.Host.ID(), Addrs: discover.InviteAddrs(a.Host.Libp2p().Addrs())}
	if len(here.Addrs) == 0 {
		return nil, content.Errorf(op, content.Unavailable, "this node has no address that could stand in an invite: connect the machine to a network, or see network.listen in config.toml")
	}
	invite := discover.Invite{
		Cert: hosted.Keyring.Certificate(), Name: inviteName(nameOf(of)), Nodes: a.withMirrors(here, c.Account()),
		Expires: a.Now().Add(life).Truncate(time.Second), Network: a.Host.Network().Hint(),
	}
	text, err := invite.Sign(hosted.Keyring.Writer())
	if err != nil {
		return nil, err
	}
	return Invite{text, invite.Expires.UTC(), c.Account(), withPeer(here)}, nil
}

// withMirrors adds the nodes that keep the account whole, so that the invite is good
// while this node is off: a few addresses of each.
func (a *API) withMirrors(here peer.AddrInfo, account content.AccountID) []peer.AddrInfo {
	mirrors := a.Mirrors.Places(account)
	mirrors = mirrors[:min(len(mirrors), discover.MaxInviteNodes-1)]
	if len(mirrors) == 0 {
		return []peer.AddrInfo{here}
	}
	const each = discover.MaxInviteAddrs / discover.MaxInviteNodes
	left := discover.MaxInviteAddrs - each*len(mirrors)
	nodes := []peer.AddrInfo{{ID: here.ID, Addrs: here.Addrs[:min(len(here.Addrs), left)]}}
	for _, m := range mirrors {
		addrs := discover.InviteAddrs(m.Addrs)
		nodes = append(nodes, peer.AddrInfo{ID: m.ID, Addrs: addrs[:min(len(addrs), each)]})
	}
	return nodes
}

// inviteLifeOf reads how long the invite is to be good.
func inviteLifeOf(c *rest.Call) (time.Duration, error) {
	p, err := c.Params()
	if err != nil {
		return 0, err
	}
	seconds, err := p.Int("expires_in", int(inviteLife/time.Second), math.MinInt, math.MaxInt)
	if err == nil && (seconds < 1 || seconds > int(maxInviteLife/time.Second)) {
		err = content.Errorf("rossgram.invite", content.Invalid, "an invite is good for at least a second and at most a year: expires_in is in seconds")
	}
	return time.Duration(seconds) * time.Second, err
}

// inviteName returns what of a name may stand in an invite.
func inviteName(name string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, name))
	return string(runes[:min(len(runes), discover.MaxInviteName)])
}

// withPeer returns a node's addresses as others dial them, with /p2p/ID.
func withPeer(info peer.AddrInfo) []string {
	addrs, err := peer.AddrInfoToP2pAddrs(&info)
	if err != nil { // only an ID that is not one can fail
		return []string{}
	}
	return texts(addrs)
}

func texts(addrs []ma.Multiaddr) []string {
	list := make([]string, len(addrs))
	for i, addr := range addrs {
		list[i] = addr.String()
	}
	return list
}

package discover

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/p2p"
)

// The limits of an invite.
const (
	MaxInviteNodes = 4
	MaxInviteAddrs = 8                    // of all nodes together
	MaxInviteName  = 64                   // characters
	MaxInviteLife  = 366 * 24 * time.Hour // from now until it expires
)

// Invite says where an account can be found. It is signed by the account's
// writer and brings the certificate, so that it proves itself; who has it can
// follow the account, and learns the addresses, but no more.
type Invite struct {
	Cert    content.Certificate
	Name    string          // what the account calls itself, to show before its profile is there
	Nodes   []peer.AddrInfo // nodes that hold the account
	Expires time.Time       // to the second
	Network []byte          // which private network the nodes are in, see [p2p.NetworkKey.Hint]; empty is the public one
}

// Account returns who invites.
func (i Invite) Account() content.AccountID { return i.Cert.Account }

// invite is the wire form of an [Invite]: DAG-CBOR, signed without sig in the
// domain "rossgram/1/invite".
type invite struct {
	Cert    content.Certificate `cbor:"cert"`
	Expires int64               `cbor:"expires"` // seconds since the Unix epoch
	Name    string              `cbor:"name"`
	Network []byte              `cbor:"network,omitempty"`
	Nodes   []node              `cbor:"nodes"`
	Sig     []byte              `cbor:"sig,omitempty"`
}

// node is a peer ID and addresses without it, all in their binary forms.
type node struct {
	_     struct{} `cbor:",toarray"`
	ID    []byte
	Addrs [][]byte
}

// Sign returns the invite's text. The key must be the certificate's.
func (i Invite) Sign(key keys.WriterKey) (string, error) {
	const op = "discover.Sign"
	if !bytes.Equal(key.Public(), i.Cert.Writer) {
		return "", content.Errorf(op, content.Invalid, "the certificate is of another writer key")
	}
	w := i.wire()
	if err := w.validate(); err != nil {
		return "", content.E(op, content.Invalid, err)
	}
	message, err := dagcbor.Marshal(w)
	if err != nil {
		return "", content.E(op, content.Invalid, err)
	}
	w.Sig = key.Sign(keys.DomainInvite, message)
	b, err := dagcbor.Marshal(w)
	if err != nil {
		return "", content.E(op, content.Invalid, err)
	}
	text := armour(b)
	if len(text) > maxInviteText {
		return "", content.Errorf(op, content.TooLarge, "the addresses are too long for an invite")
	}
	return text, nil
}

func (i Invite) wire() invite {
	w := invite{Cert: i.Cert, Expires: i.Expires.Unix(), Name: i.Name, Network: i.Network, Nodes: make([]node, len(i.Nodes))}
	for n, info := range i.Nodes {
		w.Nodes[n].ID = []byte(info.ID)
		w.Nodes[n].Addrs = make([][]byte, len(info.Addrs))
		for j, a := range info.Addrs {
			w.Nodes[n].Addrs[j] = a.Bytes()
		}
	}
	return w
}

// ParseInvite reads an invite and verifies it. Its errors say what a person can
// do: one that was damaged on its way (kind Corrupt) can be copied again, one
// that has expired or was not signed by the account (Invalid) needs another
// invite, and one of a later version (Unavailable) needs a newer rossgram.
func ParseInvite(text string, now time.Time) (Invite, error) {
	const op = "discover.ParseInvite"
	b, err := unarmour(text)
	if err != nil {
		return Invite{}, content.E(op, content.Other, err)
	}
	var w invite
	if err := dagcbor.UnmarshalStrict(b, &w); err != nil {
		return Invite{}, content.E(op, content.Invalid, err)
	}
	if err := w.verify(); err != nil {
		return Invite{}, content.E(op, content.Invalid, err)
	}
	i, err := w.open()
	if err != nil {
		return Invite{}, content.E(op, content.Invalid, err)
	}
	switch left := i.Expires.Sub(now); {
	case left < 0:
		return Invite{}, content.Errorf(op, content.Invalid,
			"the invite expired on "+i.Expires.Format(time.DateOnly)+"; ask for a new one")
	case left > MaxInviteLife:
		return Invite{}, content.Errorf(op, content.Invalid,
			"the invite is for more than a year; set this machine's clock if it is wrong, or else ask for a new one")
	}
	return i, nil
}

func (w invite) verify() error {
	const op = "discover.verify"
	if err := w.validate(); err != nil {
		return err
	}
	if err := keys.VerifyCertificate(w.Cert); err != nil {
		return err
	}
	sig := w.Sig
	w.Sig = nil
	message, err := dagcbor.Marshal(w)
	if err != nil {
		return err
	}
	if !keys.Verify(w.Cert.Writer, keys.DomainInvite, message, sig) {
		return content.Errorf(op, content.Invalid, "the invite is not signed by the account that it names; ask for a new one")
	}
	return nil
}

func (w invite) validate() error {
	const op = "discover.invite"
	addrs := 0
	for _, n := range w.Nodes {
		addrs += len(n.Addrs)
	}
	switch {
	case len(w.Nodes) > MaxInviteNodes || addrs > MaxInviteAddrs:
		return content.Errorf(op, content.TooLarge, "an invite holds at most 4 nodes and 8 addresses")
	case utf8.RuneCountInString(w.Name) > MaxInviteName || strings.ContainsFunc(w.Name, hidden):
		return content.Errorf(op, content.Invalid, "the name in an invite has at most 64 characters none of them hidden")
	case len(w.Network) != 0 && len(w.Network) != p2p.NetworkHintLen:
		return content.Errorf(op, content.Invalid, "the invite's network is malformed")
	case w.Expires <= 0:
		return content.Errorf(op, content.Invalid, "an invite says when it expires")
	}
	return nil
}

// hidden characters, such as those that turn the direction of writing, could
// make a name look like another.
func hidden(r rune) bool { return !unicode.IsGraphic(r) }

func (w invite) open() (Invite, error) {
	i := Invite{Cert: w.Cert, Name: w.Name, Network: w.Network, Expires: time.Unix(w.Expires, 0).UTC()}
	for _, n := range w.Nodes {
		info, err := n.open()
		if err != nil {
			return Invite{}, err
		}
		i.Nodes = append(i.Nodes, info)
	}
	return i, nil
}

func (n node) open() (peer.AddrInfo, error) {
	const op = "discover.node"
	id, err := peer.IDFromBytes(n.ID)
	if err != nil {
		return peer.AddrInfo{}, content.E(op, content.Invalid, err)
	}
	info := peer.AddrInfo{ID: id}
	for _, raw := range n.Addrs {
		a, err := ma.NewMultiaddrBytes(raw)
		if err != nil || len(raw) > maxAddrLen {
			return peer.AddrInfo{}, content.Errorf(op, content.Invalid, "an address in the invite is malformed")
		}
		info.Addrs = append(info.Addrs, a)
	}
	return info, nil
}

// inviteRelays is how many of an invite's addresses may be over relays where
// there are more direct ones than fit: relays change, but often work from
// anywhere.
const inviteRelays = 2

// InviteAddrs chooses which of a node's addresses go into an invite: those that
// reach furthest first, and loopback only if there is nothing else. Addresses
// with the hash of a certificate, which is good for days, are left out.
func InviteAddrs(addrs []ma.Multiaddr) []ma.Multiaddr {
	sorted := slices.DeleteFunc(slices.Clone(addrs), func(a ma.Multiaddr) bool { return has(a, ma.P_CERTHASH) })
	slices.SortStableFunc(sorted, func(a, b ma.Multiaddr) int { return int(scopeOf(b)) - int(scopeOf(a)) })
	if i := slices.IndexFunc(sorted, func(a ma.Multiaddr) bool { return scopeOf(a) == machine }); i > 0 {
		sorted = sorted[:i]
	}
	if len(sorted) <= MaxInviteAddrs {
		return sorted
	}
	var direct, relayed []ma.Multiaddr
	for _, a := range sorted {
		if has(a, ma.P_CIRCUIT) {
			relayed = append(relayed, a)
		} else {
			direct = append(direct, a)
		}
	}
	relayed = relayed[:min(len(relayed), max(inviteRelays, MaxInviteAddrs-len(direct)))]
	return append(direct[:min(len(direct), MaxInviteAddrs-len(relayed))], relayed...)
}

// has reports whether an address names a protocol.
func has(a ma.Multiaddr, protocol int) bool {
	_, err := a.ValueForProtocol(protocol)
	return err == nil
}

package sync

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/p2p/internal/wire"
)

// The limits of asking who else holds accounts.
const (
	MaxHoldersAccounts = 64  // accounts asked about at once
	MaxHolders         = 8   // peers named of an account
	MaxHolderAddrs     = 4   // addresses named of a peer
	maxHolderPeers     = 128 // peers named in an answer
	maxHolderAddr      = 256 // bytes of an address in its binary form
)

// holdersUnit is how many accounts asked about are a unit of work.
const holdersUnit = 8

// Directory says who holds an account, see [Config].
type Directory interface {
	// Holders returns the peers that may be named to one who asks over the
	// address via, each with the addresses that may be, those that are most
	// likely to be reached first; nobody for an account that is not held here.
	Holders(ctx context.Context, account content.AccountID, asker peer.ID, via ma.Multiaddr) []peer.AddrInfo
}

// holdersRequest asks which peers hold these accounts, each of 32 bytes.
type holdersRequest struct {
	Accounts [][]byte `cbor:"accounts"`
}

// holdersResponse names peers, and for each account asked about which of them
// hold it, by their places in Peers.
type holdersResponse struct {
	Of    [][]uint64  `cbor:"of"`
	Peers []namedPeer `cbor:"peers"`
}

// namedPeer is a peer ID and addresses without it, all in their binary forms.
type namedPeer struct {
	_     struct{} `cbor:",toarray"`
	ID    []byte
	Addrs [][]byte
}

func (r *holdersRequest) work() int { return 1 + len(r.Accounts)/holdersUnit }

func (r *holdersRequest) validate() error {
	const op = "sync.holdersRequest"
	if len(r.Accounts) > MaxHoldersAccounts {
		return content.Errorf(op, content.TooLarge, "too many accounts")
	}
	for _, a := range r.Accounts {
		if len(a) != len(content.AccountID{}) {
			return content.Errorf(op, content.Invalid, "an account is not 32 bytes")
		}
	}
	return nil
}

func (s *Syncer) answerHolders(ctx context.Context, w *wire.Conn, asker peer.ID, r holdersRequest) error {
	if s.directory == nil {
		return w.Fail(wire.Refused)
	}
	via := w.Remote()
	list := listing{holdersResponse{Of: [][]uint64{}, Peers: []namedPeer{}}, make(map[peer.ID]uint64)}
	for _, raw := range r.Accounts {
		list.add(s.directory.Holders(ctx, content.AccountID(raw), asker, via))
	}
	return w.Write(response{Holders: &list.response})
}

// listing is an answer that is being put together.
type listing struct {
	response holdersResponse
	places   map[peer.ID]uint64
}

// add notes the holders of the next account, as far as there is room.
func (l *listing) add(holders []peer.AddrInfo) {
	of := []uint64{}
	for _, h := range holders {
		if place, ok := l.place(h); ok && len(of) < MaxHolders {
			of = append(of, place)
		}
	}
	l.response.Of = append(l.response.Of, of)
}

func (l *listing) place(h peer.AddrInfo) (uint64, bool) {
	if place, ok := l.places[h.ID]; ok {
		return place, true
	}
	named := namedPeer{ID: []byte(h.ID)}
	for _, a := range h.Addrs {
		if b := a.Bytes(); len(b) <= maxHolderAddr && len(named.Addrs) < MaxHolderAddrs {
			named.Addrs = append(named.Addrs, b)
		}
	}
	if len(named.Addrs) == 0 || len(l.response.Peers) == maxHolderPeers {
		return 0, false
	}
	place := uint64(len(l.response.Peers))
	l.places[h.ID] = place
	l.response.Peers = append(l.response.Peers, named)
	return place, true
}

// Holders asks a connected peer who else holds accounts, at most
// [MaxHoldersAccounts], and returns the peers it names of each, in the order of
// the accounts. That is hearsay: neither the peers nor their addresses prove
// anything. Addresses that cannot be read are left out. Errors are as of
// [Syncer.Heads]; a peer of an earlier version refuses, which is Invalid.
func (s *Syncer) Holders(ctx context.Context, p peer.ID, accounts []content.AccountID) ([][]peer.AddrInfo, error) {
	const op = "sync.Holders"
	r := holdersRequest{Accounts: make([][]byte, len(accounts))}
	for i, a := range accounts {
		r.Accounts[i] = a[:]
	}
	if err := r.validate(); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	var named [][]peer.AddrInfo
	err := s.end.Ask(ctx, p, request{Holders: &r}, func(w *wire.Conn) error {
		answer, err := readResponse(w)
		if err == nil && answer.Holders == nil {
			err = errUnexpected
		}
		if err == nil {
			named, err = answer.Holders.open(len(accounts))
		}
		return err
	})
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return named, nil
}

// open checks an answer about n accounts and returns whom it names of each.
func (r holdersResponse) open(n int) ([][]peer.AddrInfo, error) {
	if len(r.Of) != n || len(r.Peers) > maxHolderPeers {
		return nil, errUnexpected
	}
	infos := make([]peer.AddrInfo, len(r.Peers))
	for i, p := range r.Peers {
		var err error
		if infos[i], err = p.open(); err != nil {
			return nil, err
		}
	}
	named := make([][]peer.AddrInfo, n)
	for i, places := range r.Of {
		if len(places) > MaxHolders {
			return nil, errUnexpected
		}
		for _, place := range places {
			if place >= uint64(len(infos)) {
				return nil, errUnexpected
			}
			named[i] = append(named[i], infos[place])
		}
	}
	return named, nil
}

func (p namedPeer) open() (peer.AddrInfo, error) {
	id, err := peer.IDFromBytes(p.ID)
	if err != nil || len(p.Addrs) > MaxHolderAddrs {
		return peer.AddrInfo{}, errUnexpected
	}
	info := peer.AddrInfo{ID: id}
	for _, raw := range p.Addrs {
		if a, err := ma.NewMultiaddrBytes(raw); err == nil && len(raw) <= maxHolderAddr {
			info.Addrs = append(info.Addrs, a)
		}
	}
	return info, nil
}

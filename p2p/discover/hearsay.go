package discover

import (
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
)

// What a [Book] remembers of what others say about third ones: in memory, for an
// hour, and so much. What is beyond it is not remembered.
const (
	MaxRumours           = 1024 // peers
	MaxRumoursPerAccount = 8
	rumourLife           = time.Hour
)

// rumour is what is said about a peer that was not seen since.
type rumour struct {
	addrs []ma.Multiaddr
	until time.Time
	holds map[content.AccountID]struct{}
}

// Heard notes that others say these peers hold an account, and returns those of
// which that, or an address, is news. It displaces nothing: not what a peer said
// itself, not the addresses at which it was seen, and no other rumour.
func (b *Book) Heard(account content.AccountID, infos []peer.AddrInfo) (news []peer.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dropStale()
	for _, info := range infos {
		if len(info.Addrs) > 0 && b.hear(account, info) {
			news = append(news, info.ID)
		}
	}
	return news
}

// hear reports whether a rumour has news. b.mu is held.
func (b *Book) hear(account content.AccountID, info peer.AddrInfo) bool {
	r := b.rumours[info.ID]
	if r == nil {
		if len(b.rumours) >= MaxRumours {
			return false
		}
		r = &rumour{holds: make(map[content.AccountID]struct{})}
	}
	_, said := r.holds[account]
	if !said && len(b.said[account]) >= MaxRumoursPerAccount {
		return false
	}
	fresh := r.add(info.Addrs, b.peers[info.ID])
	if !fresh && (said || b.linked(account, info.ID)) {
		return false
	}
	r.holds[account] = struct{}{}
	r.until = b.now().Add(rumourLife)
	b.rumours[info.ID] = r
	if b.said[account] == nil {
		b.said[account] = make(map[peer.ID]struct{})
	}
	b.said[account][info.ID] = struct{}{}
	return true
}

// add takes addresses that are not known of the peer, as far as there is room,
// and reports whether there were any.
func (r *rumour) add(addrs []ma.Multiaddr, known *contact) (fresh bool) {
	for _, a := range addrs {
		switch {
		case a == nil, len(a.Bytes()) > maxAddrLen, len(r.addrs) >= MaxAddrsPerPeer,
			slices.ContainsFunc(r.addrs, a.Equal),
			known != nil && slices.ContainsFunc(known.addrs, a.Equal):
		default:
			r.addrs = append(r.addrs, a)
			fresh = true
		}
	}
	return fresh
}

func (b *Book) linked(account content.AccountID, p peer.ID) bool {
	_, ok := b.holders[account][p]
	return ok
}

// Candidates returns the holders as [Book.Holders] does, each with the addresses
// that others say it has behind those at which it was, and then the peers of
// which only others say that they hold the account.
func (b *Book) Candidates(account content.AccountID) []peer.AddrInfo {
	infos := b.Holders(account)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dropStale()
	for i, info := range infos {
		if r := b.rumours[info.ID]; r != nil {
			infos[i].Addrs = append(infos[i].Addrs, r.addrs...)
		}
	}
	for p := range b.said[account] {
		if b.linked(account, p) {
			continue
		}
		info := peer.AddrInfo{ID: p, Addrs: slices.Clone(b.rumours[p].addrs)}
		if c := b.peers[p]; c != nil {
			info.Addrs = append(slices.Clone(c.addrs), info.Addrs...)
		}
		infos = append(infos, info)
	}
	return infos
}

// Refute forgets what others say about a peer, as when it was not found there,
// or was, and speaks for itself.
func (b *Book) Refute(p peer.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refute(p)
}

// refute does it. b.mu is held.
func (b *Book) refute(p peer.ID) {
	r := b.rumours[p]
	if r == nil {
		return
	}
	for a := range r.holds {
		delete(b.said[a], p)
		if len(b.said[a]) == 0 {
			delete(b.said, a)
		}
	}
	delete(b.rumours, p)
}

// dropStale forgets rumours of an hour ago, now and then. b.mu is held.
func (b *Book) dropStale() {
	now := b.now()
	if now.Before(b.sweep) {
		return
	}
	b.sweep = now.Add(rumourLife / 60)
	for p, r := range b.rumours {
		if now.After(r.until) {
			b.refute(p)
		}
	}
}

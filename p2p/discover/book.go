package discover

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
)

// What a [Book] remembers at most. The peers that hold nothing go first, then
// those seen longest ago; accounts that do not fit are not remembered.
const (
	MaxPeers           = 2048
	MaxAccounts        = 8192
	MaxAddrsPerPeer    = 8
	MaxPeersPerAccount = 32
	maxAddrLen         = 256 // bytes of an address in its binary form
)

// Entry is a key and its value; a nil Value deletes the key.
type Entry struct{ Key, Value []byte }

// Store keeps a book across restarts. Losing it costs knowledge, not truth.
type Store interface {
	// Load calls fn for every entry.
	Load(ctx context.Context, fn func(Entry) error) error
	// Save changes entries, all or none.
	Save(ctx context.Context, changes []Entry) error
}

// Book remembers which peers hold which accounts, at which addresses peers were,
// and when they were seen. It is safe for concurrent use.
type Book struct {
	store Store
	now   func() time.Time

	saving  sync.Mutex // taken first; the store is changed in the order that memory is
	mu      sync.Mutex
	peers   map[peer.ID]*contact
	holders map[content.AccountID]map[peer.ID]struct{}
	rumours map[peer.ID]*rumour // see hearsay.go
	said    map[content.AccountID]map[peer.ID]struct{}
	sweep   time.Time // when stale rumours are to be dropped
}

// contact is what is known of a peer.
type contact struct {
	addrs []ma.Multiaddr // the one that is most likely to work first
	seen  time.Time      // zero if it never was
	saved time.Time      // what of seen is in the store
	holds map[content.AccountID]struct{}
}

// resaveAfter is how old the stored time of a peer may get.
const resaveAfter = 6 * time.Hour

// OpenBook reads what the store holds. Entries that cannot be read are dropped.
func OpenBook(ctx context.Context, store Store) (*Book, error) {
	b := &Book{
		store: store, now: time.Now,
		peers:   make(map[peer.ID]*contact),
		holders: make(map[content.AccountID]map[peer.ID]struct{}),
		rumours: make(map[peer.ID]*rumour),
		said:    make(map[content.AccountID]map[peer.ID]struct{}),
	}
	var broken []Entry
	err := store.Load(ctx, func(e Entry) error {
		if !b.restore(e) {
			broken = append(broken, Entry{Key: slices.Clone(e.Key)})
		}
		return nil
	})
	if err == nil && len(broken) > 0 {
		err = store.Save(ctx, broken)
	}
	if err != nil {
		return nil, content.E("discover.OpenBook", content.Other, err)
	}
	return b, nil
}

// Learn adds addresses of a peer that its owner, or the local network, told us.
// For what a peer says of itself see [Reachable].
func (b *Book) Learn(ctx context.Context, p peer.ID, addrs ...ma.Multiaddr) error {
	b.saving.Lock()
	defer b.saving.Unlock()
	b.mu.Lock()
	c, changes := b.contact(p)
	if c.add(addrs) {
		changes = append(changes, peerEntry(p, c))
	}
	b.mu.Unlock()
	return b.save(ctx, "discover.Learn", changes)
}

// Saw notes that a peer is connected now, at addresses of which the first is
// known to work.
func (b *Book) Saw(ctx context.Context, p peer.ID, addrs ...ma.Multiaddr) error {
	b.saving.Lock()
	defer b.saving.Unlock()
	b.mu.Lock()
	c, changes := b.contact(p)
	moved := c.add(addrs)
	c.seen = b.now()
	b.refute(p) // it speaks for itself
	if moved || c.seen.Sub(c.saved) > resaveAfter {
		c.saved = c.seen
		changes = append(changes, peerEntry(p, c))
	}
	b.mu.Unlock()
	return b.save(ctx, "discover.Saw", changes)
}

// Holds notes which accounts a peer holds, and which it does not hold (any more).
func (b *Book) Holds(ctx context.Context, p peer.ID, held, not []content.AccountID) error {
	b.saving.Lock()
	defer b.saving.Unlock()
	b.mu.Lock()
	_, changes := b.contact(p)
	for _, a := range held {
		changes = append(changes, b.link(a, p)...)
	}
	for _, a := range not {
		changes = append(changes, b.unlink(a, p)...)
	}
	b.mu.Unlock()
	return b.save(ctx, "discover.Holds", changes)
}

// Holders returns the peers that are said to hold an account, those seen last
// first, each with the addresses that are known.
func (b *Book) Holders(account content.AccountID) []peer.AddrInfo {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := b.bySeen(b.holders[account])
	infos := make([]peer.AddrInfo, len(ids))
	for i, p := range ids {
		infos[i] = peer.AddrInfo{ID: p, Addrs: slices.Clone(b.peers[p].addrs)}
	}
	return infos
}

// holding returns the IDs of the holders, in no particular order.
func (b *Book) holding(account content.AccountID) []peer.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Collect(maps.Keys(b.holders[account]))
}

// Seen returns when a peer was last connected, or the zero time.
func (b *Book) Seen(p peer.ID) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.peers[p]; c != nil {
		return c.seen
	}
	return time.Time{}
}

// Held returns the accounts that a peer is said to hold, in no particular order.
func (b *Book) Held(p peer.ID) []content.AccountID {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.peers[p]
	if c == nil {
		return nil
	}
	ids := make([]content.AccountID, 0, len(c.holds))
	for a := range c.holds {
		ids = append(ids, a)
	}
	return ids
}

// bySeen orders peers, those seen last first. b.mu is held.
func (b *Book) bySeen(set map[peer.ID]struct{}) []peer.ID {
	ids := make([]peer.ID, 0, len(set))
	for p := range set {
		ids = append(ids, p)
	}
	slices.SortFunc(ids, func(p, q peer.ID) int {
		return cmp.Or(b.peers[q].seen.Compare(b.peers[p].seen), cmp.Compare(p, q))
	})
	return ids
}

func (b *Book) save(ctx context.Context, op string, changes []Entry) error {
	if len(changes) == 0 {
		return nil
	}
	if err := b.store.Save(ctx, changes); err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// contact returns what is known of a peer, making room for it if it is new. b.mu
// is held.
func (b *Book) contact(p peer.ID) (*contact, []Entry) {
	if c := b.peers[p]; c != nil {
		return c, nil
	}
	var changes []Entry
	for len(b.peers) >= MaxPeers {
		changes = append(changes, b.forget(b.least())...)
	}
	c := &contact{holds: make(map[content.AccountID]struct{})}
	b.peers[p] = c
	return c, changes
}

// least returns the peer that is worth least. b.mu is held.
func (b *Book) least() (least peer.ID) {
	for p, c := range b.peers {
		if least == "" || c.lessThan(b.peers[least]) {
			least = p
		}
	}
	return least
}

func (c *contact) lessThan(d *contact) bool {
	if none := len(c.holds) == 0; none != (len(d.holds) == 0) {
		return none
	}
	return c.seen.Before(d.seen)
}

func (b *Book) forget(p peer.ID) []Entry {
	changes := []Entry{{Key: peerKey(p)}}
	for a := range b.peers[p].holds {
		changes = append(changes, b.unlink(a, p)...)
	}
	delete(b.peers, p)
	return changes
}

// link notes that p, which is known, holds a, if there is room. b.mu is held.
func (b *Book) link(a content.AccountID, p peer.ID) (changes []Entry) {
	set := b.holders[a]
	if set == nil {
		if len(b.holders) >= MaxAccounts {
			return nil
		}
		set = make(map[peer.ID]struct{})
		b.holders[a] = set
	}
	if _, ok := set[p]; ok {
		return nil
	}
	if len(set) >= MaxPeersPerAccount {
		ids := b.bySeen(set)
		changes = b.unlink(a, ids[len(ids)-1])
	}
	set[p] = struct{}{}
	b.peers[p].holds[a] = struct{}{}
	return append(changes, Entry{Key: holdsKey(a, p), Value: []byte{}})
}

func (b *Book) unlink(a content.AccountID, p peer.ID) []Entry {
	if _, ok := b.holders[a][p]; !ok {
		return nil
	}
	delete(b.holders[a], p)
	delete(b.peers[p].holds, a)
	if len(b.holders[a]) == 0 {
		delete(b.holders, a)
	}
	return []Entry{{Key: holdsKey(a, p)}}
}

// add puts addresses, the first of them, in front and reports whether any was new.
func (c *contact) add(addrs []ma.Multiaddr) bool {
	changed := false
	for _, a := range slices.Backward(addrs[:min(len(addrs), MaxAddrsPerPeer)]) {
		if a == nil || len(a.Bytes()) > maxAddrLen {
			continue
		}
		i := slices.IndexFunc(c.addrs, a.Equal)
		if i >= 0 {
			c.addrs = slices.Delete(c.addrs, i, i+1)
		}
		changed = changed || i < 0
		c.addrs = slices.Insert(c.addrs, 0, a)
	}
	c.addrs = c.addrs[:min(len(c.addrs), MaxAddrsPerPeer)]
	return changed
}

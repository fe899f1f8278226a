package daemon

import (
	"sync/atomic"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/daemon/follow"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/discover"
)

// contacts says who is a contact: a peer that holds an account which lives here,
// or listens to it, as its followers do, or that holds one which is followed here.
// That is what the peer says of itself, so a stranger can become a contact by
// following.
type contacts struct {
	book     *discover.Book
	replica  *replica.Replica
	follow   atomic.Pointer[follow.Keeper] // nil until it runs
	announce atomic.Pointer[announce.Announcer]
}

// has answers from memory: see [p2p.Config].
func (c *contacts) has(p peer.ID) bool {
	keeper, listeners := c.follow.Load(), c.announce.Load()
	for _, id := range c.replica.HostedAccounts() {
		if listeners != nil && listeners.Listens(p, id) {
			return true
		}
	}
	for _, id := range c.book.Held(p) {
		if _, ours := c.replica.Hosted(id); ours || keeper != nil && keeper.Follows(id) {
			return true
		}
	}
	return false
}

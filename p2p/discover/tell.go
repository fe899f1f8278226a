package discover

import (
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
)

// tellable is how long ago a peer may have been seen to be named to others.
const tellable = 24 * time.Hour

// Tell returns up to most peers that may be named to one who is connected over
// via and asks who holds an account, those seen last first. Named are those that
// this node met within a day and that said of themselves that they hold it, never
// by hearsay or invitation alone; and of their addresses those that make sense
// over via (see [Reachable]), so that what is on a local network is not told
// outside it.
func (b *Book) Tell(account content.AccountID, asker peer.ID, via ma.Multiaddr, most int) []peer.AddrInfo {
	b.mu.Lock()
	defer b.mu.Unlock()
	oldest := b.now().Add(-tellable)
	var told []peer.AddrInfo
	for _, p := range b.bySeen(b.holders[account]) {
		c := b.peers[p]
		if len(told) >= most || c.seen.Before(oldest) {
			break
		}
		if addrs := Reachable(c.addrs, via); p != asker && len(addrs) > 0 {
			told = append(told, peer.AddrInfo{ID: p, Addrs: addrs})
		}
	}
	return told
}

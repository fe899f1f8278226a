package discover

import "github.com/libp2p/go-libp2p/core/peer"

// Failures returns how often a peer could not be reached since it last was.
func (d *Dialer) Failures(p peer.ID) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.tries.failures(p)
}

// Dialling returns how many dials are under way.
func (d *Dialer) Dialling() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.tries.dialling
}

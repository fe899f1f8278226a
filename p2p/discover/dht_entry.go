package discover

import (
	"context"
	"math/rand/v2"
	"time"

	kaddht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p"
)

// How a DHT is joined.
const (
	entryPeers   = 2 // that answer are enough
	entryDial    = 10 * time.Second
	entryWait    = 10 * time.Second // for one that answers to enter the routing table
	entryPoll    = 20 * time.Millisecond
	entryFirst   = time.Minute // pause after the first failure
	entryLongest = time.Hour
)

// entry is the way into a DHT. Only the one whose turn it is uses it.
type entry struct {
	kad   *kaddht.IpfsDHT
	host  *p2p.Host
	peers []peer.AddrInfo

	failed int
	due    time.Time
}

// join makes sure that there is somebody to ask. A DHT that can't be reached is
// tried again after pauses that double; until then it is refused at once.
func (e *entry) join(ctx context.Context) error {
	const op = "discover.join"
	if e.kad.RoutingTable().Size() > 0 {
		return nil
	}
	if time.Now().Before(e.due) {
		return content.Errorf(op, content.Unavailable, "the DHT could not be reached a moment ago")
	}
	if e.connect(ctx) && e.wait(ctx) {
		e.failed = 0
		_, _ = e.kad.GetClosestPeers(ctx, string(e.host.ID())) // neighbours; whoever is asked later finds more
		return nil
	}
	if e.failed++; ctx.Err() == nil {
		e.due = time.Now().Add(pause(Pace{First: entryFirst, Longest: entryLongest}, e.failed))
	}
	return content.Errorf(op, content.Unavailable, "none of the peers of the DHT's start answers")
}

// connect reports whether a peer answered.
func (e *entry) connect(ctx context.Context) bool {
	n := 0
	for _, i := range rand.Perm(len(e.peers)) {
		dial, cancel := context.WithTimeout(ctx, entryDial)
		err := e.host.Connect(dial, e.peers[i])
		cancel()
		if err == nil {
			n++
		}
		if n == entryPeers || ctx.Err() != nil {
			break
		}
	}
	return n > 0
}

// wait waits for a peer to enter the routing table, which takes a question and
// an answer.
func (e *entry) wait(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, entryWait)
	defer cancel()
	for e.kad.RoutingTable().Size() == 0 {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(entryPoll):
		}
	}
	return true
}

// again lets the DHT be tried at once, as after the network has changed.
func (d *DHT) again() {
	select {
	case d.turn <- struct{}{}:
		d.entry.failed, d.entry.due = 0, time.Time{}
		<-d.turn
	default: // it is being tried
	}
}

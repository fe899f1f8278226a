package wire

import (
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"
)

// maxAllowances is how many peers' allowances are remembered; those that are
// unused are forgotten first.
const maxAllowances = 1024

// quota shares a node's streams and work among its peers.
type quota struct {
	limits Limits

	mu      sync.Mutex
	streams int
	bulk    int // of those, with bulk
	peers   map[peer.ID]*allowance
}

type allowance struct {
	streams int
	bulk    int
	work    *rate.Limiter
}

func newQuota(l Limits) *quota {
	return &quota{limits: l, peers: make(map[peer.ID]*allowance)}
}

// enter takes one of the streams, unless there is none left.
func (q *quota) enter(p peer.ID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	a := q.of(p)
	if a == nil || q.streams >= q.limits.Streams || a.streams >= q.limits.StreamsPerPeer {
		return false
	}
	q.streams++
	a.streams++
	return true
}

func (q *quota) leave(p peer.ID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.streams--
	q.of(p).streams--
}

// enterBulk takes one of the streams that may carry bulk, unless there is none
// left: slow readers of bulk must not keep others from asking for heads. The
// peer's stream was entered.
func (q *quota) enterBulk(p peer.ID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	a := q.of(p)
	if q.bulk >= max(q.limits.Streams/2, 1) || a.bulk >= max(q.limits.StreamsPerPeer-1, 1) {
		return false
	}
	q.bulk++
	a.bulk++
	return true
}

func (q *quota) leaveBulk(p peer.ID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bulk--
	q.of(p).bulk--
}

// spend takes units of work off a peer's allowance, unless it has too few. A
// request that is over the whole allowance takes all of it.
func (q *quota) spend(p peer.ID, units int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.of(p).work.AllowN(time.Now(), min(units, q.limits.Burst))
}

// of returns a peer's allowance, or nil if too many peers are using theirs. One
// that holds a stream always has its own. q.mu is held.
func (q *quota) of(p peer.ID) *allowance {
	if a := q.peers[p]; a != nil {
		return a
	}
	if len(q.peers) >= maxAllowances && !q.forget() {
		return nil
	}
	a := &allowance{work: rate.NewLimiter(rate.Limit(q.limits.PerSecond), q.limits.Burst)}
	q.peers[p] = a
	return a
}

// forget drops the allowances that are whole, and reports whether there were any.
func (q *quota) forget() bool {
	before := len(q.peers)
	for p, a := range q.peers {
		if a.streams == 0 && a.work.Tokens() >= float64(q.limits.Burst) {
			delete(q.peers, p)
		}
	}
	return len(q.peers) < before
}

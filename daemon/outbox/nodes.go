package outbox

import (
	"cmp"
	"context"
	"iter"
	"math/rand/v2"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
)

// maxUseless is how many nodes are remembered of a target that do not serve it.
const maxUseless = 64

// nodes goes through the nodes that may serve a target, each connected: first those
// that are, then others; those that said they do not, last.
func (o *Outbox) nodes(ctx context.Context, id content.AccountID) iter.Seq[peer.ID] {
	candidates := o.candidates(id)
	return func(yield func(peer.ID) bool) {
		tried, dials := 0, 0
		for _, info := range candidates {
			if _, there := o.Host.Peer(info.ID); !there {
				if dials == maxDials || len(info.Addrs) == 0 {
					continue
				}
				dials++
				if !o.connect(ctx, info) {
					continue
				}
			}
			if tried++; ctx.Err() != nil || tried > maxNodes || !yield(info.ID) {
				return
			}
		}
	}
}

// candidates returns the nodes that are said to hold a target, in the order of
// [Outbox.nodes]. Of equals, those that were seen last come first; where that did not
// help, any.
func (o *Outbox) candidates(id content.AccountID) []peer.AddrInfo {
	infos := slices.DeleteFunc(o.Book.Candidates(id), func(i peer.AddrInfo) bool { return i.ID == o.Host.ID() })
	o.mu.Lock()
	useless, failures := make(map[peer.ID]bool), o.targets[id].failures
	for p := range o.targets[id].useless {
		useless[p] = true
	}
	o.mu.Unlock()
	if failures > 0 {
		rand.Shuffle(len(infos), func(i, j int) { infos[i], infos[j] = infos[j], infos[i] })
	}
	rank := make(map[peer.ID]int)
	for _, info := range infos {
		if _, there := o.Host.Peer(info.ID); !there {
			rank[info.ID]++
		}
		if useless[info.ID] {
			rank[info.ID] += 2
		}
	}
	slices.SortStableFunc(infos, func(a, b peer.AddrInfo) int { return cmp.Compare(rank[a.ID], rank[b.ID]) })
	return infos
}

func (o *Outbox) connect(ctx context.Context, info peer.AddrInfo) bool {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := o.Host.Connect(ctx, info); err != nil {
		o.Log.Debug("a node can't be reached", "peer", info.ID, "error", err)
		return false
	}
	return true
}

// seek has the dialer and the seeker look for holders of a target as long as there is
// something for it, of a bounded number of targets.
func (o *Outbox) seek(id content.AccountID) {
	o.seeking.Lock()
	defer o.seeking.Unlock()
	_, here := o.Replica.Hosted(id)
	o.mu.Lock()
	t := o.targets[id]
	_, sought := o.sought[id]
	needed := t != nil && t.waiting() && !here
	begin, end := needed && !sought && len(o.sought) < maxSought, sought && !needed
	if begin {
		o.sought[id] = struct{}{}
	}
	if end {
		delete(o.sought, id)
	}
	o.mu.Unlock()
	switch {
	case begin:
		o.Dialer.Seek(id)
	case end:
		o.Dialer.Unseek(id)
	}
}

// waiting reports whether anything is to be brought.
func (t *target) waiting() bool {
	for _, e := range t.entries {
		if e.state == Waiting {
			return true
		}
	}
	return false
}

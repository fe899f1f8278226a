package outbox

import (
	"context"
	"iter"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/mailbox"
	syncing "rossgram.app/p2p/sync"
)

// maxUseless is how many nodes are remembered of a target that do not serve it.
const maxUseless = 64

// nodes goes through the nodes that may serve a target, each connected: first those
// that are, then others; those that said they do not, last.
func (o *Outbox) nodes(ctx context.Context, id content.AccountID) iter.Seq[peer.ID] {
	near, far := o.candidates(id)
	return func(yield func(peer.ID) bool) {
		tried, dials := 0, 0
		for _, info := range append(near, far...) {
			if _, there := o.Host.Peer(info.ID); !there {
				if dials == maxDials {
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

// candidates returns the connected nodes and the others that are said to hold a target.
// Those that are seen last come first; where that did not help, any.
func (o *Outbox) candidates(id content.AccountID) (near, far []peer.AddrInfo) {
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
	slices.SortStableFunc(infos, func(a, b peer.AddrInfo) int { return order(useless[a.ID]) - order(useless[b.ID]) })
	for _, info := range infos {
		if _, there := o.Host.Peer(info.ID); there {
			near = append(near, info)
		} else if len(info.Addrs) > 0 {
			far = append(far, info)
		}
	}
	return near, far
}

func order(last bool) int {
	if last {
		return 1
	}
	return 0
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

// askAround asks connected peers whether they hold the targets that are new, all at
// once; peers that come later are asked when they do.
func (o *Outbox) askAround(ctx context.Context) {
	fresh := o.unasked()
	if len(fresh) == 0 {
		return
	}
	peers := slices.DeleteFunc(o.Host.Peers(), func(p p2p.Peer) bool { return !speaks(p.Protocols) })
	rand.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
	for _, p := range peers[:min(len(peers), maxAround)] {
		o.learnAll(ctx, p.ID, fresh)
	}
}

// unasked returns the targets that nobody was asked about, as being asked about now.
func (o *Outbox) unasked() (list []content.AccountID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, t := range o.targets {
		if !t.asked {
			t.asked = true
			list = append(list, id)
		}
	}
	return list
}

// learnAll asks a peer which of the targets it holds, which are visited then.
func (o *Outbox) learnAll(ctx context.Context, p peer.ID, targets []content.AccountID) {
	for chunk := range slices.Chunk(targets, syncing.MaxAccounts) {
		held, err := o.learn(ctx, p, chunk)
		if err != nil {
			if ctx.Err() == nil {
				o.Log.Debug("a peer can't be asked whom it holds", "peer", p, "error", err)
			}
			return
		}
		for _, id := range held {
			o.appeared(id)
		}
	}
}

// speaks reports whether a peer may take notices, and say for whom.
func speaks(ps []protocol.ID) bool {
	return slices.Contains(ps, mailbox.Protocol) && slices.Contains(ps, syncing.Protocol)
}

// learn asks a peer which of a few accounts it holds.
func (o *Outbox) learn(ctx context.Context, p peer.ID, accounts []content.AccountID) ([]content.AccountID, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	asked := make([]syncing.Known, len(accounts))
	for i, id := range accounts {
		asked[i] = syncing.Known{Account: id, Version: latest}
	}
	answer, err := o.Sync.Heads(ctx, p, asked)
	if err != nil {
		return nil, err
	}
	return answer.Held, o.Book.Holds(ctx, p, answer.Held, nil)
}

// latest is a version that nothing is newer than: no heads are asked for.
var latest = content.Version{Epoch: math.MaxUint32, Rev: math.MaxInt64}

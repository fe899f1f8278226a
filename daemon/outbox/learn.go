package outbox

import (
	"context"
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

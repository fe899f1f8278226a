package follow

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p"
	syncing "rossgram.app/p2p/sync"
)

// compareNowAndThen asks a few peers at long intervals, for what was announced
// and not heard.
func (k *Keeper) compareNowAndThen(ctx context.Context) {
	for sleep(ctx, jitter(compareEvery)) {
		k.askConnected(askFew)
	}
}

// jitter keeps nodes from asking each other at the same moment.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }

// sleep reports whether the time went by before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// askConnected asks up to n connected peers, chosen at random.
func (k *Keeper) askConnected(n int) {
	peers := slices.DeleteFunc(k.Host.Peers(), func(p p2p.Peer) bool { return !speaks(p.Protocols) })
	rand.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
	for _, p := range peers[:min(n, len(peers))] {
		k.ask(p.ID)
	}
}

// ask compares heads with a peer in the background: now, and once more a moment
// later, for what was announced before the peer knew that we listen. There is one
// comparison with a peer at a time; what is asked meanwhile makes another.
func (k *Keeper) ask(p peer.ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if more := k.asking[p]; more != nil {
		select {
		case more <- struct{}{}:
		default: // it will ask anyway
		}
		return
	}
	if k.closed {
		return
	}
	more := make(chan struct{}, 1)
	k.asking[p] = more
	k.owned.Go(func() { k.askTwice(k.ctx, p, more) })
}

func (k *Keeper) askTwice(ctx context.Context, p peer.ID, more chan struct{}) {
	for again := true; again; {
		again = false
		if k.askOnce(ctx, p) {
			select {
			case <-ctx.Done():
			case <-more:
				again = true
			case <-time.After(jitter(listenWithin)):
				k.askOnce(ctx, p)
			}
		}
		again = again || k.askedMore(p, more)
	}
}

// askedMore reports whether a peer is to be asked again, and else ends its being
// asked.
func (k *Keeper) askedMore(p peer.ID, more chan struct{}) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(more) > 0 && !k.closed {
		<-more
		return true
	}
	delete(k.asking, p)
	return false
}

// askTries is how often a peer that is busy is asked.
const askTries = 3

// askOnce reports whether the peer answered.
func (k *Keeper) askOnce(ctx context.Context, p peer.ID) bool {
	for try := range askTries {
		err := k.compare(ctx, p)
		if err == nil {
			return true
		}
		if ctx.Err() == nil {
			k.Log.Debug("comparing heads failed", "peer", p, "error", err)
		}
		if _, there := k.Host.Peer(p); !there || content.KindOf(err) != content.Unavailable ||
			!sleep(ctx, jitter(2*time.Second<<try)) {
			return false
		}
	}
	return false
}

// compare asks a peer about all accounts.
func (k *Keeper) compare(ctx context.Context, p peer.ID) error {
	if err := k.pace.Wait(ctx); err != nil {
		return err
	}
	select {
	case k.slots <- struct{}{}:
		defer func() { <-k.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for chunk := range slices.Chunk(k.known(), syncing.MaxAccounts) {
		answer, err := k.Sync.Heads(ctx, p, chunk)
		if err != nil {
			return err
		}
		k.answered(ctx, p, chunk, answer)
	}
	return nil
}

// known is what to ask about: the accounts that are followed, and our own, of
// which a copy elsewhere can mend damage here, or show a fork.
func (k *Keeper) known() []syncing.Known {
	var list []syncing.Known
	for _, id := range k.Replica.HostedAccounts() {
		if h, ok := k.Replica.Hosted(id); ok {
			list = append(list, syncing.Known{Account: id, Version: h.Head().Version()})
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, a := range k.accounts {
		if !a.gone {
			list = append(list, syncing.Known{Account: a.id, Version: a.head.Version()})
		}
	}
	return list
}

// answered takes a peer's answer: who holds what, and what is newer.
func (k *Keeper) answered(ctx context.Context, p peer.ID, asked []syncing.Known, answer syncing.Answer) {
	held := make(map[content.AccountID]bool, len(answer.Held))
	for _, id := range answer.Held {
		held[id] = true
	}
	var not []content.AccountID
	for _, q := range asked {
		if !held[q.Account] {
			not = append(not, q.Account)
		}
	}
	if err := k.Book.Holds(ctx, p, answer.Held, not); err != nil {
		k.Log.Warn("who holds an account is not remembered", "error", err)
	}
	for _, h := range answer.Newer {
		k.offer(offer{head: h, from: p, asked: true, toll: new(toll)})
	}
	k.contact(answer.Held)
}

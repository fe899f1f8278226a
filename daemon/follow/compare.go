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

// scope is which accounts a comparison is about.
type scope uint8

const (
	// likely is those that the peer is said to hold, those of which nothing was
	// had yet or which nobody is known to hold, and our own: a thousand quiet
	// accounts need not be named to everybody again and again.
	likely scope = iota
	everyone
)

// askConnected asks up to n connected peers, chosen at random.
func (k *Keeper) askConnected(n int) {
	peers := slices.DeleteFunc(k.Host.Peers(), func(p p2p.Peer) bool { return !speaks(p.Protocols) })
	rand.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
	for _, p := range peers[:min(n, len(peers))] {
		k.ask(p.ID, likely)
	}
}

// ask compares heads with a peer in the background: now, and once more a moment
// later, for what was announced before the peer knew that we listen. There is one
// comparison with a peer at a time; what is asked meanwhile makes another.
func (k *Keeper) ask(p peer.ID, about scope) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if next := k.asking[p]; next != nil {
		select {
		case before := <-next:
			next <- max(before, about)
		default:
			next <- about
		}
		return
	}
	if k.closed {
		return
	}
	next := make(chan scope, 1)
	k.asking[p] = next
	k.owned.Go(func() { k.askTwice(k.ctx, p, about, next) })
}

func (k *Keeper) askTwice(ctx context.Context, p peer.ID, about scope, next chan scope) {
	for again := true; again; {
		again = false
		if k.askPatiently(ctx, p, about) {
			select {
			case <-ctx.Done():
			case about = <-next:
				again = true
			case <-time.After(jitter(listenWithin)):
				k.askPatiently(ctx, p, likely)
			}
		}
		if !again {
			about, again = k.askedMore(p, next)
		}
	}
}

// askedMore reports whether a peer is to be asked again, and else ends its being
// asked.
func (k *Keeper) askedMore(p peer.ID, next chan scope) (scope, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(next) > 0 && !k.closed {
		return <-next, true
	}
	delete(k.asking, p)
	return 0, false
}

// askTries is how often a peer that is busy is asked.
const askTries = 3

// askPatiently reports whether the peer answered.
func (k *Keeper) askPatiently(ctx context.Context, p peer.ID, about scope) bool {
	for try := range askTries {
		err := k.compare(ctx, p, about)
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

func (k *Keeper) compare(ctx context.Context, p peer.ID, about scope) error {
	if err := k.pace.Wait(ctx); err != nil {
		return err
	}
	select {
	case k.slots <- struct{}{}:
		defer func() { <-k.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for chunk := range slices.Chunk(k.known(p, about), syncing.MaxAccounts) {
		answer, err := k.Sync.Heads(ctx, p, chunk)
		if err != nil {
			return err
		}
		k.answered(ctx, p, chunk, answer)
	}
	return nil
}

// known is what to ask a peer about: accounts that are followed, and our own, of
// which a copy elsewhere can mend damage here, or show a fork.
func (k *Keeper) known(p peer.ID, about scope) []syncing.Known {
	var list []syncing.Known
	hosted := make(map[content.AccountID]bool)
	for _, id := range k.Replica.HostedAccounts() {
		if h, ok := k.Replica.Hosted(id); ok {
			hosted[id] = true
			list = append(list, syncing.Known{Account: id, Version: h.Head().Version()})
		}
	}
	held := make(map[content.AccountID]bool)
	for _, id := range k.Book.Held(p) {
		held[id] = true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, a := range k.accounts {
		switch {
		case a.gone, hosted[a.id]: // hosted: it was taken over just now
		case a.gaveUp:
			list = append(list, syncing.Known{Account: a.id})
		case about == everyone || held[a.id] || !a.held() || len(k.Book.Holders(a.id)) == 0:
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
	k.hearEvidence(ctx, p, answer.Contradicted)
	k.askLater(p, answer.Until)
}

package outbox

import (
	"context"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/mailbox"
)

// round is a node that is to be asked what it keeps for a hosted account.
type round struct {
	account content.AccountID
	node    peer.ID
}

// takeRound takes a round that is due, or says how long none is.
func (o *Outbox) takeRound(now time.Time) (job, time.Duration) {
	if wait := o.untilRounds(now); wait <= 0 {
		o.goRound(now)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	wait := o.next.Sub(now)
	for r, at := range o.rounds {
		_, under := o.asking[r]
		switch {
		case under: // when it is over, this is looked at again
		case at.After(now):
			wait = min(wait, at.Sub(now))
		default:
			delete(o.rounds, r)
			o.asking[r] = struct{}{}
			return func(ctx context.Context) { o.collectOne(ctx, r) }, 0
		}
	}
	return nil, wait
}

func (o *Outbox) untilRounds(now time.Time) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.next.Sub(now)
}

// goRound has all mirrors that are connected asked.
func (o *Outbox) goRound(now time.Time) {
	var due []round
	for _, account := range o.Replica.HostedAccounts() {
		for _, node := range o.Mirrors(account) {
			if _, there := o.Host.Peer(node); there {
				due = append(due, round{account, node})
			}
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.next = now.Add(jitter(o.Pace.Collect))
	for _, r := range due {
		o.rounds[r] = now
	}
}

// collectFrom has a node asked for all accounts that it mirrors.
func (o *Outbox) collectFrom(node peer.ID) {
	for _, account := range o.Replica.HostedAccounts() {
		if slices.Contains(o.Mirrors(account), node) {
			o.collectAt(round{account, node}, o.Now())
		}
	}
}

func (o *Outbox) collectAt(r round, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rounds[r] = at
	o.woken()
}

// collectOne collects from one node. One that had something and is busy now is asked
// again soon, any other in the next round.
func (o *Outbox) collectOne(ctx context.Context, r round) {
	n, err := o.collect(ctx, r)
	o.mu.Lock()
	delete(o.asking, r)
	o.mu.Unlock()
	o.woken()
	if err == nil || ctx.Err() != nil {
		return
	}
	o.Log.Debug("what a mirror keeps can't be collected", "peer", r.node, "account", r.account, "error", err)
	if n > 0 && content.KindOf(err) == content.Unavailable {
		o.collectAt(r, o.Now().Add(failedAgain))
	}
}

// collect takes over, page by page, what a node keeps for an account, and returns how
// many pages it had. A page is durable here before the next is asked for.
func (o *Outbox) collect(ctx context.Context, r round) (pages int, err error) {
	hosted, ok := o.Replica.Hosted(r.account)
	if !ok {
		return 0, nil
	}
	var cursor mailbox.Cursor
	for ; pages < maxPages; pages++ {
		page, err := o.page(ctx, r.node, hosted, cursor)
		if content.KindOf(err) == content.NotFound || err == nil && page.Done {
			return pages, nil
		}
		if err != nil {
			return pages, err
		}
		o.bad.Add(int64(page.Bad))
		for _, n := range page.Notices {
			if err := o.takeIn(ctx, n); err != nil {
				return pages, err
			}
		}
		cursor = page.Next
	}
	return pages, nil
}

// page asks a node for a page, while nothing else asks it.
func (o *Outbox) page(ctx context.Context, node peer.ID, h *replica.Hosted, cursor mailbox.Cursor) (mailbox.Page, error) {
	leave, err := o.gates.enter(ctx, node)
	if err != nil {
		return mailbox.Page{}, err
	}
	defer leave()
	return o.Speaker.Collect(ctx, node, h.Keyring.Certificate(), h.Keyring.Writer(), cursor)
}

// errLater keeps a page at the mirror.
var errLater = content.Errorf("outbox.collect", content.Unavailable, "there is no room for it now")

// takeIn has a collected notice judged. An error says that it is not to be forgotten.
func (o *Outbox) takeIn(ctx context.Context, n mailbox.Notice) error {
	verdicts, err := o.local(ctx, []mailbox.Notice{n})
	switch {
	case err != nil:
		return err
	case verdicts[0].State == mailbox.Later, verdicts[0].State == mailbox.Unknown:
		return errLater
	}
	o.collected.Add(1)
	return nil
}

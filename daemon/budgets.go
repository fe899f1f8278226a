package daemon

import (
	"context"
	"errors"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/budget"
)

// minUploadRate is such that a block of the largest size is sent before its
// receiver gives up waiting.
const minUploadRate = 64 * KB

// openBudget reads what of the budget is used up.
func (n *Node) openBudget(ctx context.Context) (err error) {
	c := n.cfg.Network
	if c.UploadRate != 0 && c.UploadRate < minUploadRate {
		return content.Errorf("daemon.Open", content.Invalid, "network.upload_rate is "+c.UploadRate.String()+
			": photos would not arrive; choose "+minUploadRate.String()+" or more, or 0 for no limit")
	}
	n.budget, err = budget.Open(ctx, budget.Parts{
		Store: n.store, Replica: n.replica, Events: n.events, Log: n.log, Now: time.Now,
		Traffic: n.host.Bandwidth, Spared: n.spared,
		Limits: budget.Limits{
			PerFollow: int64(n.cfg.Follow.Max), Sources: n.cfg.Follow.Sources,
			DailyDown: int64(c.DailyDown), DailyUp: int64(c.DailyUp), UploadRate: int64(c.UploadRate), Metered: c.Metered,
		},
	})
	return err
}

// spared says of which photos of others nothing is evicted. This is the one place
// that decides it: beside the accounts that are mirrored, posts that were saved
// belong here.
func (n *Node) spared(id content.AccountID, _ content.Path) bool { return n.follow.Mirrored(id) }

// forget drops what was derived from an account that is not followed any more.
func (n *Node) forget(ctx context.Context, id content.AccountID) error {
	return errors.Join(n.index.Forget(ctx, id), n.budget.Forget(ctx, id))
}

package daemon

import (
	"context"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/mirror"
	protocol "rossgram.app/p2p/mirror"
)

// openMirrors takes up what was promised to others, before the keeper looks whom to
// keep, and answers peers about it.
func (n *Node) openMirrors(ctx context.Context) (err error) {
	n.mirrors, err = mirror.Open(ctx, mirror.Parts{
		Replica: n.replica, Store: n.store, Host: n.host, Keeper: n.follow, Book: n.book, Dialer: n.dialer,
		Publish: n.publish, Events: n.events, Log: n.log, Now: time.Now,
		Elsewhere: func(content.AccountID, protocol.Post) int { return 0 },
		Policy:    mirror.Policy{Accept: n.cfg.Mirrors.Accept, Max: int64(n.cfg.Mirrors.Max)},
	})
	if err != nil {
		return err
	}
	n.onClose(n.mirrors.Close)
	return nil
}

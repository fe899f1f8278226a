package daemon

import (
	"context"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/mirror"
	"rossgram.app/daemon/pinning"
	protocol "rossgram.app/p2p/mirror"
)

// openMirrors takes up what pinning services are to hold, and then what was promised to others, before the keeper looks whom to
// keep, and answers peers about it.
func (n *Node) openMirrors(ctx context.Context) (err error) {
	n.pinning, err = pinning.Open(ctx, pinning.Parts{
		Replica: n.replica, Store: n.store, Host: n.host, Log: n.log, File: n.cfg.path(pinningFile), Now: time.Now,
	})
	if err != nil {
		return err
	}
	n.onClose(n.pinning.Close)
	n.mirrors, err = mirror.Open(ctx, mirror.Parts{
		Replica: n.replica, Store: n.store, Host: n.host, Keeper: n.follow, Book: n.book, Dialer: n.dialer,
		Publish: n.publish, Events: n.events, Log: n.log, Now: time.Now,
		Elsewhere: func(account content.AccountID, p protocol.Post) int {
			return n.pinning.Count(account, content.NewPath(content.CollectionPost, p.TID.String()))
		},
		Policy: mirror.Policy{Accept: n.cfg.Mirrors.Accept, Max: int64(n.cfg.Mirrors.Max)},
	})
	if err != nil {
		return err
	}
	n.onClose(n.mirrors.Close)
	return nil
}

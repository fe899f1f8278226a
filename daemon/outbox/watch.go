package outbox

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
)

// found is a record as it stands; an undefined CID if there is none any more.
type found struct {
	path content.Path
	cid  cid.Cid
}

// Watch notes what a hosted account says and to whom: it is a [replica.Watcher], and
// what it notes is durable when it returns.
func (o *Outbox) Watch(ctx context.Context, u replica.Update) error {
	const op = "outbox.Watch"
	if _, ours := o.Replica.Hosted(u.Account); !ours {
		return nil
	}
	o.changing.Lock()
	defer o.changing.Unlock()
	mark, err := o.looked[u.Account], error(nil)
	switch {
	case u.Head.Version().Compare(mark) <= 0: // a start has looked by now
	case mark == u.Prev.Version():
		err = o.enter(ctx, u.Head, changed(u), 0)
	default:
		err = o.look(ctx, u.Account)
	}
	if err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

func changed(u replica.Update) (list []found) {
	for _, rc := range u.Records {
		if isConcerning(rc.Path.Collection()) {
			list = append(list, found{rc.Path, rc.New})
		}
	}
	return list
}

// catchUp looks at an account unless all of it was looked at.
func (o *Outbox) catchUp(ctx context.Context, account content.AccountID) error {
	o.changing.Lock()
	defer o.changing.Unlock()
	head, err := o.Replica.Head(ctx, account)
	switch {
	case content.KindOf(err) == content.NotFound: // it has said nothing yet
		return nil
	case err != nil:
		return err
	case head.Version() == o.looked[account]:
		return nil
	}
	return o.look(ctx, account)
}

// look compares all that an account says with what was noted of it. The first time,
// as after a move from another machine, what is older than [Lasts] is not told.
func (o *Outbox) look(ctx context.Context, account content.AccountID) error {
	view, err := o.Replica.View(ctx, account)
	if err != nil {
		return err
	}
	var list []found
	there := make(map[content.Path]bool)
	for _, c := range concerning {
		for e, err := range view.List(ctx, c, mst.Forward, "") {
			if err != nil {
				return err
			}
			there[e.Path] = true
			list = append(list, found{e.Path, e.CID})
		}
	}
	gone, err := o.lost(ctx, account, there)
	if err != nil {
		return err
	}
	var oldest record.Time
	if o.looked[account] == (content.Version{}) {
		oldest = record.TimeOf(o.Now().Add(-Lasts))
	}
	return o.enter(ctx, view.Head(), append(list, gone...), oldest)
}

// lost returns what was noted and is not there any more.
func (o *Outbox) lost(ctx context.Context, account content.AccountID, there map[content.Path]bool) (list []found, err error) {
	prefix := toldKey(account, "")
	err = o.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: prefix, KeysOnly: true}, func(k, _ []byte) bool {
			if p := content.Path(k[len(prefix):]); !there[p] {
				list = append(list, found{path: p})
			}
			return true
		})
	})
	return list, err
}

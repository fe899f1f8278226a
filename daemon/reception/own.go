package reception

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/mailbox"
)

// responding are the collections in which an account responds, also to itself.
var responding = []content.Collection{content.CollectionComment, content.CollectionLike, content.CollectionReblog}

// Watch takes what an owner says in response to the account's own posts, which no
// outbox brings, and takes a list of responses away with its post. It is a
// [replica.Watcher]; the commit comes later, like others.
func (r *Reception) Watch(ctx context.Context, u replica.Update) error {
	if _, hosted := r.Replica.Hosted(u.Account); !hosted {
		return nil
	}
	var deleted []postName
	view := repo.NewView(r.Store, u.Head)
	for _, rc := range u.Records {
		switch rc.Path.Collection() {
		case content.CollectionPost:
			if tid, err := content.ParseTID(rc.Path.RecordKey()); err == nil && !rc.New.Defined() {
				deleted = append(deleted, postName{u.Account, tid})
			}
		case content.CollectionComment, content.CollectionLike, content.CollectionReblog:
			if err := r.ownWord(ctx, view, rc.Path, rc.New); err != nil {
				return err
			}
		}
	}
	return r.postsDeleted(ctx, deleted)
}

// ownWord takes what an account says at a path, or says no more, if that is for
// itself.
func (r *Reception) ownWord(ctx context.Context, v *repo.View, path content.Path, now cid.Cid) error {
	account := v.Head().Account()
	var s stand
	err := r.room.View(ctx, func(tx *store.Tx) (err error) {
		s, _, err = read[stand](tx, standKey(pair{account, account}, path))
		return err
	})
	if err != nil || s.isRecord(now) || !now.Defined() && (s.State == "" || s.State == gone) {
		return err
	}
	statement, err := mailbox.StatementOf(ctx, v, path)
	if err != nil || now.Defined() && !toItself(account, statement.Record) {
		return err
	}
	n, err := mailbox.Verify(mailbox.Draft{Target: account, Statement: statement}, r.Verify, r.Now())
	if err != nil {
		return err
	}
	_, err = r.receive(ctx, n, local)
	if content.KindOf(err) == content.Invalid {
		return nil // about a post that is not there
	}
	return err
}

// toItself reports whether an account's record responds to something of its own.
func toItself(account content.AccountID, b []byte) bool {
	rec, err := record.Decode(b)
	if err != nil {
		return false
	}
	switch rec := rec.(type) {
	case *record.Like:
		return rec.Subject.Account == account
	case *record.Reblog:
		return rec.Subject.Account == account
	case *record.Comment:
		return rec.Post.Account == account || rec.Parent != nil && rec.Parent.Account == account
	}
	return false
}

// postsDeleted has the lists of posts go.
func (r *Reception) postsDeleted(ctx context.Context, posts []postName) error {
	if len(posts) == 0 {
		return nil
	}
	c := &hearing{r: r}
	err := r.update(ctx, 128*len(posts), func(tx *store.Tx) error {
		c.tx = tx
		for _, p := range posts {
			seq, err := r.next(tx)
			if err == nil {
				err = c.soil(p, content.CollectionComment, seq)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		r.nudge()
	}
	return err
}

// catchUp does what Watch was kept from, by a crash or before the node was open.
func (r *Reception) catchUp(ctx context.Context) error {
	for _, account := range r.Replica.HostedAccounts() {
		v, err := r.Replica.View(ctx, account)
		if content.KindOf(err) == content.NotFound {
			continue
		}
		if err == nil {
			err = r.catchUpOwn(ctx, v)
		}
		if err == nil {
			err = r.catchUpDeleted(ctx, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// catchUpOwn takes what an account says to itself, and what it does not say any more.
func (r *Reception) catchUpOwn(ctx context.Context, v *repo.View) error {
	for _, c := range responding {
		for e, err := range v.List(ctx, c, mst.Forward, "") {
			if err == nil {
				err = r.ownWord(ctx, v, e.Path, e.CID)
			}
			if err != nil {
				return err
			}
		}
	}
	account := v.Head().Account()
	prefix := pair{account, account}.key(tagStand)
	var paths []content.Path
	err := r.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: prefix, KeysOnly: true}, func(k, _ []byte) bool {
			paths = append(paths, content.Path(k[len(prefix):]))
			return true
		})
	})
	for _, p := range paths {
		if err != nil {
			return err
		}
		_, err = v.CID(ctx, p)
		if content.KindOf(err) == content.NotFound {
			err = r.ownWord(ctx, v, p, cid.Undef)
		}
	}
	return err
}

// catchUpDeleted finds lists whose posts are gone.
func (r *Reception) catchUpDeleted(ctx context.Context, v *repo.View) error {
	var deleted []postName
	for e, err := range v.List(ctx, content.CollectionResponses, mst.Forward, "") {
		if err != nil {
			return err
		}
		tid, err := content.ParseTID(e.Path.RecordKey())
		if err != nil {
			continue
		}
		p := postName{v.Head().Account(), tid}
		if _, err := v.CID(ctx, p.path()); content.KindOf(err) == content.NotFound {
			deleted = append(deleted, p)
		} else if err != nil {
			return err
		}
	}
	return r.postsDeleted(ctx, deleted)
}

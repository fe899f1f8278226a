package follow

import (
	"context"
	"errors"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/replica"
)

// Watch keeps to what the hosted accounts say: it is a [replica.Watcher], and
// looks at nothing but their follow records.
func (k *Keeper) Watch(ctx context.Context, u replica.Update) error {
	const op = "follow.Watch"
	if !k.speaksFor(u.Account) {
		return nil
	}
	k.hear(u.Account)
	var errs []error
	for _, rc := range u.Records {
		switch {
		case rc.Path.Collection() != content.CollectionFollow:
		case rc.New.Defined():
			errs = append(errs, k.read(ctx, u.Account, repo.Entry{Path: rc.Path, CID: rc.New}))
		default:
			k.unfollow(u.Account, rc.Path.RecordKey())
		}
	}
	if err := errors.Join(errs...); err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// host takes up an account of this node: hears of what others say about it, and
// follows whom it follows.
func (k *Keeper) host(ctx context.Context, id content.AccountID) error {
	k.hear(id)
	view, err := k.Replica.View(ctx, id)
	if content.KindOf(err) == content.NotFound {
		return nil // it has said nothing yet
	}
	if err != nil {
		return err
	}
	for e, err := range view.List(ctx, content.CollectionFollow, mst.Forward, "") {
		if err == nil {
			err = k.read(ctx, id, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// read takes up one follow record of a hosted account. One that can't be read
// follows nobody.
func (k *Keeper) read(ctx context.Context, viewer content.AccountID, e repo.Entry) error {
	data, err := k.Store.Get(ctx, e.CID)
	if err != nil {
		return err
	}
	rec, err := record.Decode(data)
	if err == nil {
		err = record.Check(e.Path, rec)
	}
	f, ok := rec.(*record.Follow)
	if err != nil || !ok {
		k.Log.Warn("a follow record can't be read", "account", viewer, "record", e.Path, "error", err)
		return nil
	}
	return k.want(ctx, f.Subject, func(a *account) { a.viewers[viewer] = struct{}{} })
}

// want begins to keep an account; why notes the reason, with the keeper locked.
func (k *Keeper) want(ctx context.Context, subject content.AccountID, why func(*account)) error {
	if _, ours := k.Replica.Hosted(subject); ours {
		return nil
	}
	var fresh *account
	if !k.knows(subject) { // else it may be being dropped, and the store says what was
		var err error
		if fresh, err = k.restore(ctx, subject); err != nil {
			return err
		}
	}
	k.mu.Lock()
	a := k.accounts[subject]
	if a == nil {
		if a = fresh; a == nil {
			a = newAccount(subject)
		}
		k.add(a)
	}
	why(a)
	k.enqueue(a)
	k.tell(a)
	k.mu.Unlock()
	k.seek(a.id)
	return nil
}

func (k *Keeper) knows(id content.AccountID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.accounts[id] != nil
}

// restore returns an account as it stands in the store.
func (k *Keeper) restore(ctx context.Context, id content.AccountID) (*account, error) {
	head, err := k.Replica.Head(ctx, id)
	if err != nil && content.KindOf(err) != content.NotFound {
		return nil, err
	}
	a := newAccount(id)
	if a.marked, err = k.readMark(ctx, id); err != nil {
		return nil, err
	}
	if err := k.readFork(ctx, id); err != nil {
		return nil, err
	}
	k.mu.Lock()
	a.forked = k.forks[id]
	k.mu.Unlock()
	if a.gaveUp, err = k.hasGivenUp(ctx, id, head); err != nil {
		return nil, err
	}
	for _, p := range k.Book.Holders(id) {
		if seen := k.Book.Seen(p.ID); seen.After(a.state.LastContact) {
			a.state.LastContact = seen.UTC()
		}
	}
	return a, a.hold(head, k.Sources)
}

// hold notes the head that is held, and whether all of it is here.
func (a *account) hold(head content.Head, sources bool) error {
	a.head, a.commit, a.whole = head, cid.Undef, false
	if head.Version() == (content.Version{}) {
		return nil
	}
	commit, err := repo.CommitBlock(head.Commit)
	if err != nil {
		return err
	}
	a.commit = commit.CID
	a.whole = !a.marked.covers(head.Version(), sources)
	return nil
}

// add makes an account known. The keeper is locked.
func (k *Keeper) add(a *account) {
	a.ctx, a.cancel = context.WithCancel(k.ctx)
	k.accounts[a.id] = a
	k.keys[record.FollowKey(a.id)] = a.id
	if !k.closed && !a.held() {
		a.look = time.AfterFunc(resolveFor, func() {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.tellLast(a)
		})
	}
}

// seek looks for an account among peers.
func (k *Keeper) seek(id content.AccountID) {
	k.hear(id)
	k.Dialer.Want(id)
	k.askConnected(askMany)
}

// hear subscribes to an account. Without, its posts come with the next comparison
// of heads.
func (k *Keeper) hear(id content.AccountID) {
	if err := k.Announce.Subscribe(id); err != nil {
		k.Log.Warn("an account's announcements are not heard; its posts come later", "account", id, "error", err)
	}
}

package follow

import (
	"cmp"
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
)

// quick advances an account at once if all that is new came along, and reports
// whether it did. It asks nobody, so that an announcement never waits for a peer
// that is slow about another account.
func (k *Keeper) quick(o offer) bool {
	k.mu.Lock()
	a := k.accounts[o.head.Account()]
	if a == nil || a.gone || len(o.blocks) == 0 || !a.wants(o.head) || a.best != nil ||
		a.chores[repository].busy || !prevOf(o.head).Equals(a.commit) {
		k.mu.Unlock()
		return false
	}
	ctx := k.begin(a, repository)
	k.mu.Unlock()
	err := k.step(ctx, k.newStep(a, a.head, o, true))
	k.keepOffer(a, o, err)
	if content.KindOf(err) == content.Unavailable {
		err = nil // as if it had not been tried
	}
	k.settle(ctx, a, repository, err)
	return true
}

// advance brings an account to a newer head. What was announced while another step
// was taken may be all that is new, and then nobody is asked.
func (k *Keeper) advance(ctx context.Context, a *account, o offer) error {
	err := errNotHere
	if len(o.blocks) > 0 && a.head.Commit.Epoch == o.head.Commit.Epoch {
		err = k.step(ctx, k.newStep(a, a.head, o, true))
	}
	if kind := content.KindOf(err); kind == content.Unavailable || kind == content.NotFound {
		err = k.step(ctx, k.newStep(a, a.head, o, false))
	}
	k.keepOffer(a, o, err)
	return err
}

// keepOffer keeps an offer that failed for another try, unless there is a newer
// one, or remembers that it was refused for good.
func (k *Keeper) keepOffer(a *account, o offer, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch kind := content.KindOf(err); {
	case err == nil:
	case kind == content.Invalid, kind == content.TooLarge:
		a.refused = o.head.Version()
	case a.best == nil:
		a.best = &o
	}
}

// step proves that the offered head succeeds the one that is held, takes what is
// new, and publishes it. The account's turn is the caller's, so that its head is
// nobody else's to change.
func (k *Keeper) step(ctx context.Context, s *step) error {
	if room, err := k.roomOf(ctx, s.account); err != nil || room < 0 {
		return cmp.Or(err, errFull)
	}
	h := &history{s, make(map[cid.Cid]content.Block)}
	if err := h.pull(ctx); err != nil {
		return err
	}
	take, err := h.judge(ctx)
	if err != nil || !take {
		return err
	}
	change, err := repo.NewChange(ctx, s, s.have, s.offer.head)
	if err != nil {
		return err
	}
	if err := s.takeRecords(ctx, change); err != nil {
		return err
	}
	if err := h.keep(ctx, change); err != nil {
		return err
	}
	if err := h.leaveBehind(ctx, change); err != nil {
		return err
	}
	if err := s.publish(ctx, change); err != nil {
		return err
	}
	s.release(ctx)
	k.advanced(ctx, h, change)
	return nil
}

// judge finds out whether the offered head may be taken.
func (h *history) judge(ctx context.Context) (bool, error) {
	const op = "follow.judge"
	if !h.account.held() {
		return true, nil
	}
	older, newer := h.have, h.offer.head
	back := newer.Version().Compare(older.Version()) < 0
	if back {
		older, newer = newer, older
	}
	relation, fork, err := repo.Succeeds(ctx, h, older, newer)
	if err != nil {
		return false, content.E(op, content.Other, err)
	}
	switch relation {
	case repo.Succession:
		return !back, nil
	case repo.Same:
		return false, nil
	case repo.Forked:
		return h.forked(ctx, fork)
	}
	return false, content.Errorf(op, content.Unavailable,
		"it can't be shown yet that the account's newest state follows from the one held here: nobody connected has the commits between")
}

// keep stores what came along and is part of the new state, with the commits that
// led there.
func (h *history) keep(ctx context.Context, change *repo.Change) error {
	commit, err := repo.CommitBlock(h.offer.head.Commit)
	if err != nil {
		return err
	}
	blocks := []content.Block{commit}
	if h.account.held() && h.offer.head.Commit.Epoch == h.have.Commit.Epoch {
		between := h.between(ctx)
		blocks = append(blocks, between...)
		for _, b := range between {
			change.Nodes = append(change.Nodes, b.CID)
		}
	}
	for _, c := range change.Nodes {
		if b, ok := h.inline[c]; ok {
			blocks = append(blocks, b)
		}
	}
	for _, rc := range change.Records {
		if b, ok := h.inline[rc.New]; ok {
			blocks = append(blocks, b)
		}
	}
	if err := h.Store.Put(ctx, blocks...); err != nil {
		return err
	}
	lost, err := h.missing(ctx, change.Nodes)
	if err == nil && len(lost) > 0 {
		err = content.Errorf("follow.keep", content.Unavailable, "what came in an earlier attempt was collected meanwhile; it is fetched again")
	}
	return err
}

// publish makes the change this node's state. What watchers say against it is
// logged: it is published all the same.
func (s *step) publish(ctx context.Context, change *repo.Change) error {
	id := s.account.id
	if !s.account.held() {
		if err := s.writeMark(ctx, id, mark{}); err != nil { // so that a crash leaves nothing that nobody drops
			return err
		}
	}
	if s.account.held() && change.Head.Version().Compare(change.Prev.Version()) <= 0 {
		if err := s.Forget(ctx, id); err != nil { // what is derived only goes on
			return err
		}
	}
	err := s.Replica.Advance(ctx, change)
	if err == nil {
		return nil
	}
	if now, e := s.Replica.Head(ctx, id); e != nil || now.Version() != change.Head.Version() {
		return err
	}
	s.Log.Error("a new state is held, but not all that is derived from it: rossgram reindex mends that", "account", id, "error", err)
	return nil
}

// advanced notes the new state and what is to be done for it.
func (k *Keeper) advanced(ctx context.Context, s *history, change *repo.Change) {
	a, first := s.account, !s.account.held()
	unproved := s.offer.head.Commit.Epoch != s.have.Commit.Epoch // no commits had to be shown
	fresh, n, small := k.withFiles(ctx, change)
	k.mu.Lock()
	a.head, a.gaveUp = s.offer.head, false
	if commit, e := repo.CommitBlock(a.head.Commit); e == nil { // it was encoded before
		a.commit = commit.CID
	}
	if first || !small {
		a.files.lookAtAll()
	} else if len(fresh) > 0 {
		a.files.add(fresh)
		a.state.Files.Total += n
	}
	k.enqueue(a)
	k.mu.Unlock()
	if s.offer.asked {
		if err := k.Announce.Publish(ctx, s.offer.head, nil); err != nil {
			k.Log.Debug("a head is not announced", "account", a.id, "error", err)
		}
	}
	if unproved && !s.quick {
		s.past(ctx)
	}
}

func pinsOf(blocks []content.Block) []store.Pin {
	pins := make([]store.Pin, len(blocks))
	for i, b := range blocks {
		pins[i] = store.Pin{CID: b.CID}
	}
	return pins
}

// A step is read a layer at a time.
var _ mst.BatchSource = (*step)(nil)

package follow

import (
	"context"
	"fmt"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/event"
	"rossgram.app/p2p/announce"
)

// forked keeps the evidence of a fork and says which of the two heads to go on
// with: the one whose certificate counts, where there are two, and else the one
// that is held.
func (h *history) forked(ctx context.Context, f *repo.Fork) (take bool, err error) {
	if err := h.testify(ctx, f); err != nil {
		return false, err
	}
	counts, ok, err := f.Prevails()
	if err != nil || !ok || !sameCommit(counts, f.Later) {
		return false, err
	}
	if h.offer.head.Version() == h.have.Version() {
		return h.startOver(ctx)
	}
	return true, nil
}

// testify makes evidence durable and tells of it, once an epoch.
func (h *history) testify(ctx context.Context, f *repo.Fork) error {
	a, epoch := h.account, f.Earlier.Commit.Epoch
	h.mu.Lock()
	known := a.forked == epoch
	h.mu.Unlock()
	if known {
		return nil
	}
	if err := h.writeFork(ctx, f); err != nil {
		return err
	}
	h.mu.Lock()
	a.forked = epoch
	h.mu.Unlock()
	h.warn("fork", fmt.Sprintf("two histories were signed for the account %s: somebody else has its key, or it was written on two machines. "+
		"Posts of one of them are not shown. Its owner can end this by moving the account with its recovery phrase", a.id))
	return nil
}

func (k *Keeper) writeFork(ctx context.Context, f *repo.Fork) error {
	b, err := f.Encode()
	if err != nil {
		return err
	}
	return k.room.Update(ctx, func(tx *store.Tx) error { return tx.Set(markKey(tagFork, f.Earlier.Account()), b) })
}

// startOver forgets the state that is held, where the head that counts is of the
// very same version: the store takes higher ones only.
func (h *history) startOver(ctx context.Context) (bool, error) {
	if err := h.clear(ctx, h.account.id); err != nil {
		return false, err
	}
	h.have = content.Head{}
	h.mu.Lock()
	defer h.mu.Unlock()
	return true, h.account.hold(content.Head{}, h.Sources)
}

// elsewhere warns of a head of a hosted account that this node has not signed,
// once a version.
func (k *Keeper) elsewhere(ours, theirs content.Head) {
	k.mu.Lock()
	defer k.mu.Unlock()
	id := theirs.Account()
	switch v := theirs.Version(); {
	case verdict(ours, theirs) == announce.Known, v.Compare(k.warned[id]) <= 0:
		return
	case theirs.Commit.Epoch > ours.Commit.Epoch && ours.Commit.Epoch > 0:
		k.warn("account-moved", fmt.Sprintf("the account %s was moved to another machine: this one may not post for it any more", id))
	default:
		k.warn("account-elsewhere", fmt.Sprintf("others hold a state of your account %s that this machine does not know: it was restored from an older copy, "+
			"or another machine posts with the same key. Don't post from both: move the account with its recovery phrase", id))
	}
	k.warned[id] = theirs.Version()
}

func (k *Keeper) warn(code, message string) {
	k.Log.Warn(message)
	k.Events.Publish(event.Warning, event.WarningData{Code: code, Message: message})
}

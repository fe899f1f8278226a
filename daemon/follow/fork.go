package follow

import (
	"bytes"
	"context"
	"fmt"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/event"
)

// forked keeps the evidence of a fork and says which of the two heads to go on
// with: the one whose certificate counts, where there are two, and else the one
// that is held, unless this machine gave it up.
func (h *history) forked(ctx context.Context, f *repo.Fork) (take bool, err error) {
	if err := h.testify(ctx, f); err != nil {
		return false, err
	}
	counts, ok, err := f.Prevails()
	if err != nil || !ok {
		return h.gaveUp(), err
	}
	return sameWriter(counts, h.offer.head), nil
}

// sameWriter reports whether two heads are signed under one certificate.
func sameWriter(a, b content.Head) bool { return bytes.Equal(a.Cert.Sig, b.Cert.Sig) }

// testify makes evidence durable and tells of it, once an epoch.
func (k *Keeper) testify(ctx context.Context, f *repo.Fork) error {
	id, epoch := f.Earlier.Account(), f.Earlier.Commit.Epoch
	k.mu.Lock()
	known := k.forks[id] >= epoch
	k.mu.Unlock()
	if known {
		return nil
	}
	if err := k.writeFork(ctx, f); err != nil {
		return err
	}
	k.mu.Lock()
	k.forks[id] = epoch
	if a := k.accounts[id]; a != nil {
		a.forked = epoch
		k.tell(a)
	}
	k.mu.Unlock()
	if k.Replica.Owns(id) {
		k.warn("fork", ForkMessage(f))
		return nil
	}
	k.warn("fork-followed", fmt.Sprintf("Of the account %s: %s", id, FollowerForkMessage))
	return nil
}

// FollowerForkMessage says to those who follow an account what a fork is.
const FollowerForkMessage = "Two histories were signed: somebody else has the account's key, or it was written on two machines. " +
	"Posts of one of them are not shown. Its owner can end this by moving the account with its recovery phrase."

// ForkMessage says to an account's owner what a fork is and what to do.
func ForkMessage(f *repo.Fork) string {
	if _, two, err := f.Prevails(); err == nil && two {
		return "Your recovery phrase was used on two machines at once, or somebody else has it. If you did this, post on one of them only: " +
			"rossgram move with the phrase makes the machine you choose the only one."
	}
	return "Two histories were signed for your account with one key: this home was copied to another machine and both posted, or somebody has the key. " +
		"Nothing is lost yet. Choose one machine: rossgram move with your recovery phrase makes it the only one, for your followers too. " +
		"Without the phrase, rossgram move --away on the other machine stops that one. Then rossgram rescue posts again what it had alone. " +
		"A copied home also has this node's name: delete node.key on one of the two while its daemon is stopped."
}

func (k *Keeper) writeFork(ctx context.Context, f *repo.Fork) error {
	b, err := f.Encode()
	if err != nil {
		return err
	}
	return k.room.Update(ctx, func(tx *store.Tx) error { return tx.Set(markKey(tagFork, f.Earlier.Account()), b) })
}

func (k *Keeper) warn(code, message string) {
	k.Log.Warn(message)
	k.Events.Publish(event.Warning, event.WarningData{Code: code, Message: message})
}

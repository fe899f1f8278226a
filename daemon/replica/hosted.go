package replica

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/repo"
)

// Hosted is an account of this node, open for writing.
type Hosted struct {
	Keyring *keys.Keyring
	repo    *repo.Repo
	retired atomic.Bool
	late    sync.Map // from *repo.Change to the error of its watchers
}

// Host opens the account of a keyring for writing. Its repository is made with
// the first [Hosted.Apply]. Kind Exists if the account is open already, and
// Permission if it is written elsewhere: then it is among the [Replica.Retired].
func (r *Replica) Host(ctx context.Context, ring *keys.Keyring) (*Hosted, error) {
	const op = "replica.Host"
	defer r.lock(ring.ID())()
	if _, twice := r.Hosted(ring.ID()); twice {
		return nil, content.Errorf(op, content.Exists, "the account is open already")
	}
	head, err := r.Head(ctx, ring.ID())
	if err != nil && content.KindOf(err) != content.NotFound {
		return nil, content.E(op, content.Other, err)
	}
	if err := r.stillWrites(ctx, ring, head); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	h := &Hosted{Keyring: ring}
	h.repo, err = repo.Open(ctx, repo.Config{
		Source: r.store, Journal: journal{r, h}, Head: head,
		Certificate: ring.Certificate(), Signer: ring.Writer(), Now: r.now,
	})
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hosted[ring.ID()] = h
	delete(r.retired, ring.ID())
	return h, nil
}

// Hosted returns an account of this node.
func (r *Replica) Hosted(account content.AccountID) (*Hosted, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h, ok := r.hosted[account]
	return h, ok
}

// HostedAccounts returns the accounts of this node, in a fixed order.
func (r *Replica) HostedAccounts() []content.AccountID {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := make([]content.AccountID, 0, len(r.hosted))
	for id := range r.hosted {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b content.AccountID) int { return slices.Compare(a[:], b[:]) })
	return ids
}

// Apply commits record changes: durable, indexed and handed to the announcer when
// it returns. An error that comes with a change is that of a watcher: the change
// is made. Otherwise errors are those of [repo.Repo.Apply], and nothing is.
func (h *Hosted) Apply(ctx context.Context, ops []repo.Op) (*repo.Change, error) {
	const op = "replica.Apply"
	change, err := h.repo.Apply(ctx, ops)
	if err != nil && h.retired.Load() {
		return nil, errMoved
	}
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if late, failed := h.late.LoadAndDelete(change); failed {
		return change, content.E(op, content.Other, late.(error))
	}
	return change, nil
}

// Head returns the last committed state; the zero Head before the first. It
// answers from memory.
func (h *Hosted) Head() content.Head { return h.repo.Head() }

// ID returns the account.
func (h *Hosted) ID() content.AccountID { return h.Keyring.ID() }

// Close ends the writers of all hosted accounts and waits for them.
func (r *Replica) Close() error {
	var errs []error
	for _, id := range r.HostedAccounts() {
		if h, ok := r.Hosted(id); ok {
			if err := h.repo.Close(); err != nil {
				errs = append(errs, fmt.Errorf("closing %s: %w", id, err))
			}
		}
	}
	return errors.Join(errs...)
}

// journal is how a hosted repository publishes.
type journal struct {
	replica *Replica
	hosted  *Hosted
}

// Publish leaves what watchers say to [Hosted.Apply]: the repository has moved on
// all the same.
func (j journal) Publish(ctx context.Context, change *repo.Change) error {
	defer j.replica.lock(change.Head.Account())()
	if err := j.replica.publish(ctx, change); err != nil {
		return err
	}
	if err := j.replica.tell(ctx, change); err != nil {
		j.hosted.late.Store(change, err)
	}
	return nil
}

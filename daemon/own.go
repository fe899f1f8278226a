package daemon

import (
	"context"
	"sync/atomic"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/daemon/follow"
	syncing "rossgram.app/p2p/sync"
)

// hostAccount opens an account for writing, unless another machine writes for it
// now. The first commit under a certificate is made at once: it is what others
// learn the certificate by.
func (n *Node) hostAccount(ctx context.Context, ring *keys.Keyring) error {
	h, err := n.replica.Host(ctx, ring)
	if _, moved := n.replica.Retired(ring.ID()); moved {
		return nil
	}
	if err != nil {
		return err
	}
	if epoch := h.Head().Commit.Epoch; epoch > 0 && epoch < ring.Certificate().Epoch {
		_, err := h.Apply(ctx, nil)
		return err
	}
	return n.ensureProfile(ctx, ring.ID())
}

// witness is the keeper, which is made after the protocol that asks it.
type witness struct{ keeper atomic.Pointer[follow.Keeper] }

// Contradicted reports whether there is evidence of an account.
func (w *witness) Contradicted(id content.AccountID) bool {
	k := w.keeper.Load()
	return k != nil && k.Contradicted(id)
}

// Evidence returns it.
func (w *witness) Evidence(ctx context.Context, id content.AccountID) (syncing.Evidence, error) {
	k := w.keeper.Load()
	if k == nil {
		return syncing.Evidence{}, content.Errorf("daemon.Evidence", content.NotFound, "the node has only begun")
	}
	return k.Evidence(ctx, id)
}

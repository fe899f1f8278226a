package follow

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	syncing "rossgram.app/p2p/sync"
)

// askForSize is how many peers are asked for the size of an account.
const askForSize = 8

// SizeOf asks peers what an account comes to that is not held here: those that are
// said to hold it first, then others that are connected. The first answer is taken;
// it is a claim. Kind Unavailable if nobody answers.
func (k *Keeper) SizeOf(ctx context.Context, id content.AccountID) (syncing.Size, peer.ID, error) {
	const op = "follow.SizeOf"
	asked := make(map[peer.ID]bool)
	candidates := k.holders(id)
	for _, p := range k.Host.Peers() {
		candidates = append(candidates, peer.AddrInfo{ID: p.ID})
	}
	for _, p := range candidates {
		if asked[p.ID] || len(asked) == askForSize {
			continue
		}
		asked[p.ID] = true
		if size, err := k.Sync.Size(ctx, p.ID, id); err == nil {
			return size, p.ID, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return syncing.Size{}, "", content.E(op, content.Unavailable, err)
	}
	return syncing.Size{}, "", content.Errorf(op, content.Unavailable,
		"nobody who is connected says what the account comes to: connect to a node that holds it, or ask for an invite")
}

package follow

import (
	"context"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/repo"
)

// history is the commits between two heads. It is read backwards from a verified
// head, so that each is what the one behind it says.
type history struct {
	*step
	got map[cid.Cid]content.Block // what peers sent
}

// Get returns a commit that came along, is in the store, or that a peer has. One
// that nobody gives is of kind NotFound.
func (h *history) Get(ctx context.Context, c cid.Cid) ([]byte, error) {
	if b, ok := h.got[c]; ok {
		return b.Data, nil
	}
	data, err := h.local(ctx, c)
	if content.KindOf(err) != content.NotFound || h.quick {
		return data, err
	}
	for _, p := range h.peers() {
		blocks, err := h.Sync.Commits(ctx, p, h.account.id, c, h.have.Version())
		if err != nil || len(blocks) == 0 {
			h.Log.Debug("a peer does not give commits", "peer", p, "error", err)
			continue
		}
		for _, b := range blocks {
			h.got[b.CID] = b
		}
		return blocks[0].Data, nil
	}
	return nil, content.Errorf("follow.history", content.NotFound, "nobody has the commit "+c.String())
}

// peers returns whom to ask: first who told of the head.
func (s *step) peers() []peer.ID {
	ids := []peer.ID{s.offer.from}
	for _, info := range s.holders(s.account.id) {
		if info.ID != s.offer.from && len(ids) < chainPeers {
			ids = append(ids, info.ID)
		}
	}
	return ids
}

// between returns the commits from the one before the newer head to the one
// behind the head that is held, which are worth keeping: others can be shown by
// them that the one leads to the other.
func (h *history) between(ctx context.Context) []content.Block {
	var list []content.Block
	for next := prevOf(h.offer.head); next.Defined() && len(list) < repo.MaxSteps; {
		data, err := h.known(ctx, next)
		if err != nil {
			return list
		}
		commit, err := repo.DecodeCommit(data)
		if err != nil || (content.Version{Epoch: commit.Epoch, Rev: commit.Rev}).Compare(h.have.Version()) <= 0 {
			return list
		}
		list = append(list, content.Block{CID: next, Data: data})
		next = prevOf(content.Head{Commit: commit})
	}
	return list
}

func (h *history) known(ctx context.Context, c cid.Cid) ([]byte, error) {
	if b, ok := h.got[c]; ok {
		return b.Data, nil
	}
	return h.local(ctx, c)
}

// past fetches commits from before the first head that is held of an account or
// an epoch, as many as one answer brings, so that this node can show to others,
// who hold an earlier one, that it leads there. Nothing depends on it.
func (h *history) past(ctx context.Context) {
	first := prevOf(h.offer.head)
	if !first.Defined() {
		return
	}
	if _, err := h.Get(ctx, first); err != nil {
		return
	}
	list := h.between(ctx)
	err := h.Store.Put(ctx, list...)
	if err == nil {
		err = h.Store.Pin(ctx, h.account.id, pinsOf(list))
	}
	if err != nil {
		h.Log.Debug("commits of the past are not kept", "account", h.account.id, "error", err)
	}
}

package follow

import (
	"context"
	"slices"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// step is an account on its way from the head that is held to a newer one. It
// is the source of both trees: what came with the announcement, what the store
// has, and, unless it is a quick one, what holders of the account send.
type step struct {
	*Keeper
	account *account
	have    content.Head // zero if nothing is held
	offer   offer
	quick   bool // take no more than is here
	inline  map[cid.Cid]content.Block
	tree    int64    // bytes of nodes that were read
	held    []string // names of the holds that keep what was fetched
}

func (k *Keeper) newStep(a *account, have content.Head, o offer, quick bool) *step {
	s := &step{Keeper: k, account: a, have: have, offer: o, quick: quick, inline: make(map[cid.Cid]content.Block)}
	for _, b := range o.blocks {
		s.inline[b.CID] = b
	}
	return s
}

// errNotHere ends a quick step.
var errNotHere = content.Errorf("follow.step", content.Unavailable, "not all that is new came with the announcement")

// local returns a block that came along or is in the store. A damaged one is
// dropped, and then not found.
func (s *step) local(ctx context.Context, c cid.Cid) ([]byte, error) {
	if b, ok := s.inline[c]; ok {
		return b.Data, nil
	}
	data, err := s.Store.Get(ctx, c)
	if content.KindOf(err) == content.Corrupt {
		if err := s.Store.Delete(ctx, c); err != nil {
			return nil, err
		}
		return nil, content.E("follow.local", content.NotFound, err)
	}
	return data, err
}

// Get returns a tree node.
func (s *step) Get(ctx context.Context, c cid.Cid) ([]byte, error) {
	got, err := s.GetMany(ctx, []cid.Cid{c})
	if err != nil {
		return nil, err
	}
	return got[0], nil
}

// GetMany returns tree nodes: of a layer those that are missing come in one
// exchange. It fails once more was read than a step may.
func (s *step) GetMany(ctx context.Context, cs []cid.Cid) ([][]byte, error) {
	got := make([][]byte, len(cs))
	var missing []cid.Cid
	for i, c := range cs {
		var err error
		got[i], err = s.local(ctx, c)
		switch {
		case content.KindOf(err) == content.NotFound:
			missing = append(missing, c)
		case err != nil:
			return nil, err
		}
	}
	if len(missing) > 0 {
		b := &basket{step: s, blocks: make(map[cid.Cid][]byte)}
		if err := s.hold(ctx, missing); err != nil {
			return nil, err
		}
		if err := s.fetch(ctx, missing, b); err != nil {
			return nil, err
		}
		for i, c := range cs {
			if got[i] == nil {
				got[i] = b.blocks[c]
			}
		}
	}
	for _, data := range got {
		s.tree += int64(len(data))
	}
	if s.tree > maxTree {
		return nil, errTooMuch
	}
	return got, nil
}

// fetch gets blocks from holders into a basket.
func (s *step) fetch(ctx context.Context, want []cid.Cid, b *basket) error {
	if s.quick {
		return errNotHere
	}
	holders := s.holders(s.account.id)
	if len(holders) == 0 {
		return errNobody
	}
	return s.Exchange.Fetch(ctx, holders, want, b)
}

// hold keeps blocks from collection until the step is published, also such as are
// not here yet. The name says which, so that another attempt renews the hold. A
// quick step is over before any collection comes.
func (s *step) hold(ctx context.Context, cs []cid.Cid) error {
	if s.quick {
		return nil
	}
	for chunk := range slices.Chunk(cs, recordsAtOnce) {
		name := "follow/" + s.account.id.Fingerprint() + "/" + chunk[0].String()
		if err := s.Store.Hold(ctx, name, chunk, time.Now().Add(holdFor)); err != nil {
			return err
		}
		s.held = append(s.held, name)
	}
	return nil
}

// release ends the holds: the blocks are pinned now.
func (s *step) release(ctx context.Context) {
	for _, name := range s.held {
		if err := s.Store.Release(ctx, name); err != nil {
			s.Log.Debug("a hold stays until it expires", "hold", name, "error", err)
		}
	}
}

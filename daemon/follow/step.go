package follow

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/repo"
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
	tree    int64        // bytes of nodes that were read
	fetched atomic.Int64 // bytes of records that were fetched
	links   atomic.Int64
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

// takeRecords sees to it that the records of a change are in the store or came
// along.
func (s *step) takeRecords(ctx context.Context, change *repo.Change) error {
	want, err := wanted(change)
	if err != nil {
		return err
	}
	s.records(0, len(want))
	done, taken := 0, 0
	for chunk := range slices.Chunk(want, recordsAtOnce) {
		missing, err := s.missing(ctx, chunk)
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			if err := s.fetch(ctx, missing, &basket{step: s, records: true}); err != nil {
				return err
			}
		}
		done += len(chunk)
		s.records(done, len(want))
		if taken += len(missing); taken >= recordsATurn && s.othersWait(repository) {
			return errOthersWait
		}
	}
	return nil
}

// wanted lists the records that a change brings. What is no record is an error
// of kind Invalid.
func wanted(change *repo.Change) ([]cid.Cid, error) {
	var want []cid.Cid
	for _, rc := range change.Records {
		if !rc.New.Defined() {
			continue
		}
		if content.Codec(rc.New.Prefix().Codec) != content.DagCBOR {
			return nil, content.Errorf("follow.wanted", content.Invalid, "the account's repository holds what is no record, at "+string(rc.Path))
		}
		want = append(want, rc.New)
	}
	if len(want) > maxRecords {
		return nil, errTooMuch
	}
	slices.Reverse(want) // the newest of a collection first
	return want, nil
}

// missing returns the blocks that are neither here nor came along. Those that
// did not come along are held, here or not: they may be of an attempt long ago.
func (s *step) missing(ctx context.Context, cs []cid.Cid) ([]cid.Cid, error) {
	var others, out []cid.Cid
	for _, c := range cs {
		if _, ok := s.inline[c]; !ok {
			others = append(others, c)
		}
	}
	if err := s.hold(ctx, others); err != nil {
		return nil, err
	}
	for _, c := range others {
		has, err := s.Store.Has(ctx, c)
		if err != nil {
			return nil, err
		}
		if !has {
			out = append(out, c)
		}
	}
	return out, nil
}

func (s *step) records(done, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account.state.Records = Progress{done, total}
	if !s.quick {
		s.tell(s.account)
	}
}

// basket takes the blocks of an exchange into the store. It keeps the bytes of
// tree nodes at hand, and counts those of records.
type basket struct {
	step    *step
	records bool

	mu     sync.Mutex
	blocks map[cid.Cid][]byte
}

// linkMark begins every link in DAG-CBOR; what looks like one inside a string is
// counted too.
var linkMark = []byte{0xd8, 42, 0x58}

// Put implements [exchange.Sink].
func (b *basket) Put(ctx context.Context, blocks ...content.Block) error {
	if err := b.step.Store.Put(ctx, blocks...); err != nil {
		return err
	}
	if b.records {
		return b.count(blocks)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, blk := range blocks {
		b.blocks[blk.CID] = blk.Data
	}
	return nil
}

func (b *basket) count(blocks []content.Block) error {
	for _, blk := range blocks {
		size := b.step.fetched.Add(int64(len(blk.Data)))
		links := b.step.links.Add(int64(bytes.Count(blk.Data, linkMark)))
		if size > maxRecordBytes || links > maxLinks {
			return errTooMuch
		}
	}
	return nil
}

package follow

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/repo"
)

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
	if err := b.step.Store.PutVerified(ctx, blocks...); err != nil {
		return err
	}
	if b.records {
		return b.step.offer.count(blocks)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, blk := range blocks {
		b.blocks[blk.CID] = blk.Data
	}
	return nil
}

// count has records paid for, and fails once they are more than a step may bring.
func (o *offer) count(blocks []content.Block) error {
	for _, blk := range blocks {
		size := o.toll.bytes.Add(int64(len(blk.Data)))
		links := o.toll.links.Add(int64(bytes.Count(blk.Data, linkMark)))
		if size > maxRecordBytes || links > maxLinks {
			return errTooMuch
		}
	}
	return nil
}

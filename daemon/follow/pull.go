package follow

import (
	"bytes"
	"context"
	"sync"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	syncing "rossgram.app/p2p/sync"
)

// Shown lists the files of a record that a feed shows, and the pages of comments: what
// a pull brings without being asked for them. Of what can't be read there are none.
func Shown(data []byte) []cid.Cid {
	rec, err := record.Decode(bytes.Clone(data))
	if err != nil {
		return nil
	}
	all := record.Files(rec)
	all = all[:len(all)-len(record.Sources(rec))] // sources come last
	list := record.Pages(rec)
	for _, f := range all {
		list = append(list, f.CID.Cid)
	}
	return list
}

// pull has a holder send what is new, so that the rest of the step finds it here.
// What does not come is fetched when it is missed; nothing depends on the pull but
// how long that takes. If the holders went away or have no time, that is an error
// the first time: the next one had better go on than be asked for block after block.
func (h *history) pull(ctx context.Context) error {
	if h.quick {
		return nil
	}
	have, err := h.named(ctx)
	if err != nil {
		h.Log.Debug("what is held of an account is not read", "account", h.account.id, "error", err)
		return nil
	}
	var away error
	want := syncing.Want{Account: h.account.id, Since: h.have.Version(), Have: have, Ahead: min(bytesAhead, h.Budget.Ahead(ctx, h.account.id))}
	if h.bounded(h.account) {
		want.Ahead = 0 // what of its files fits is found out when the records are here
	}
	for _, p := range h.peers() {
		d := &delivery{step: h.step}
		got, err := h.Sync.Pull(ctx, p, want, d)
		d.keep(ctx)
		h.arrived(got, err != nil)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		h.Log.Debug("a pull failed", "account", h.account.id, "peer", p, "error", err)
		switch kind := content.KindOf(err); {
		case kind == content.Unavailable:
			away = err
		case !peersFault(err) && kind != content.NotFound:
			return nil
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.account.chores[repository].retry > 0 {
		return nil
	}
	return away
}

// arrived takes what came beside the blocks. A head above the one that was offered
// takes its place: the peer has no other any more.
func (h *history) arrived(got syncing.Pulled, cut bool) {
	for _, b := range got.Commits {
		h.got[b.CID] = b
	}
	if got.Head.Version().Compare(h.offer.head.Version()) > 0 {
		h.offer.head = got.Head
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !cut:
		h.account.cut = content.Head{}
	case got.Blocks > 0:
		h.account.cut = got.Head
	}
}

// named says what not to send: what is here of the tree that is held, of the one
// that a pull was cut in, and of the newer one. There is an end to what can be said;
// then a peer sends more than it has to.
func (h *history) named(ctx context.Context) ([]uint32, error) {
	h.mu.Lock()
	trees := []content.Head{h.have, h.account.cut, h.offer.head}
	h.mu.Unlock()
	var nodes, records []cid.Cid
	src := here{h.step}
	for _, head := range trees {
		ns, rs, err := repo.NewView(src, head).Whole(ctx, src.has(ctx))
		if err != nil {
			return nil, err
		}
		nodes, records = append(nodes, ns...), append(records, rs...)
	}
	nodes = nodes[max(len(nodes)-syncing.MaxHave, 0):] // those near the root come last
	records = records[max(len(records)-max(recordsNamed-len(nodes), 0), 0):]
	list := make([]uint32, 0, len(nodes)+len(records))
	for _, c := range append(nodes, records...) {
		list = append(list, syncing.Prefix(c))
	}
	return list, nil
}

// here is what the store and the offer have of a tree, and no peer is asked.
type here struct{ *step }

func (s here) Get(ctx context.Context, c cid.Cid) ([]byte, error) { return s.local(ctx, c) }

func (s here) has(ctx context.Context) func(cid.Cid) (bool, error) {
	return func(c cid.Cid) (bool, error) {
		if _, ok := s.inline[c]; ok {
			return true, nil
		}
		return s.Store.Has(ctx, c)
	}
}

// delivery takes the blocks of a pull into the store.
type delivery struct {
	*step
	mu   sync.Mutex
	came []cid.Cid // and are not held yet
}

// Put implements [syncing.Sink].
func (d *delivery) Put(ctx context.Context, blocks ...content.Block) error {
	if err := d.Store.PutVerified(ctx, blocks...); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var records []content.Block
	for _, b := range blocks {
		d.came = append(d.came, b.CID)
		if content.Codec(b.CID.Prefix().Codec) == content.DagCBOR {
			records = append(records, b)
		}
	}
	if len(d.came) >= recordsAtOnce {
		if err := d.hold(ctx, d.came); err != nil {
			return err
		}
		d.came = nil
	}
	return d.offer.count(records)
}

// keep holds the rest of what came, also if the pull was cut.
func (d *delivery) keep(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.came) == 0 {
		return
	}
	if err := d.hold(context.WithoutCancel(ctx), d.came); err != nil {
		d.Log.Debug("what was pulled may be collected before the next attempt", "error", err)
	}
}

package store_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"pgregory.net/rapid"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// model says what a store should hold: sets of pins by account and referrer.
type model struct {
	pins map[content.AccountID]map[content.Path]map[cid.Cid]bool // accounts with a head
	rev  map[content.AccountID]content.TID
	held map[string]map[cid.Cid]bool
}

func (m *model) needed(c cid.Cid, withHolds bool) bool {
	for _, refs := range m.pins {
		for _, set := range refs {
			if set[c] {
				return true
			}
		}
	}
	for _, set := range m.held {
		if withHolds && set[c] {
			return true
		}
	}
	return false
}

var (
	modelBlocks = func() []content.Block {
		var list []content.Block
		for i := range 12 {
			list = append(list, raw(uint64(i), 600+100*i)) // on both sides of the value threshold
		}
		return list
	}()
	modelPaths = []content.Path{"", path("a"), path("aa"), path("b")}
	modelHolds = []string{"up", "upload"}
)

// subset draws some blocks.
func subset(t *rapid.T, name string) []content.Block {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(modelBlocks), 0, 5, func(b content.Block) cid.Cid { return b.CID }).Draw(t, name)
}

// TestModel publishes, pins, holds, forgets, collects and reopens at random, and
// compares with the model after every step. Time passes between steps, so that
// what nobody needs goes at once.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { newMachine(t).run(t) })
}

type machine struct {
	model
	s    *store.Store
	home string
	now  time.Time
	put  map[cid.Cid]bool // blocks that were put and not needed: held until a collection
}

func newMachine(t *rapid.T) *machine {
	m := &machine{
		model: model{
			pins: make(map[content.AccountID]map[content.Path]map[cid.Cid]bool),
			rev:  make(map[content.AccountID]content.TID),
			held: make(map[string]map[cid.Cid]bool),
		},
		home: tempDir(t), now: time.Unix(2e9, 0), put: make(map[cid.Cid]bool),
	}
	m.open(t)
	return m
}

func (m *machine) open(t *rapid.T) {
	s, err := store.Open(context.Background(), m.home, small)
	must(t, err)
	s.SetClock(func() time.Time { return m.now })
	m.s = s
}

func must(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

func (m *machine) run(t *rapid.T) {
	defer func() { must(t, m.s.Close()) }()
	t.Repeat(map[string]func(*rapid.T){
		"publish": m.publish, "pin": m.pin, "forget": m.forget, "put": m.putSome,
		"hold": m.hold, "release": m.release, "collect": m.collect, "reopen": m.reopen,
		"": m.compare,
	})
}

func (m *machine) later() { m.now = m.now.Add(2 * store.Grace) }

func drawAccount(t *rapid.T) content.AccountID {
	return account(byte(rapid.IntRange(1, 3).Draw(t, "account")))
}

func (m *machine) publish(t *rapid.T) {
	a := drawAccount(t)
	m.rev[a]++
	p := store.Publication{
		Account: a, Version: content.Version{Epoch: 1, Rev: m.rev[a]}, Head: headBytes(m.rev[a]), Blocks: subset(t, "blocks"),
	}
	refs := m.pins[a]
	if refs == nil {
		refs = make(map[content.Path]map[cid.Cid]bool)
		m.pins[a] = refs
	}
	for _, b := range subset(t, "nodes gone") {
		p.UnpinNodes = append(p.UnpinNodes, b.CID)
		delete(refs[""], b.CID)
	}
	for _, ref := range rapid.SliceOfDistinct(rapid.SampledFrom(modelPaths[1:]), rapid.ID).Draw(t, "records gone") {
		p.UnpinRecords = append(p.UnpinRecords, ref)
		delete(refs, ref)
	}
	for _, ref := range modelPaths {
		for _, b := range subset(t, "pins of "+string(ref)) {
			p.Pin = append(p.Pin, store.Pin{CID: b.CID, Referrer: ref})
			m.add(a, ref, b.CID)
		}
	}
	m.putBlocks(p.Blocks)
	must(t, m.s.Publish(context.Background(), p))
}

func (m *machine) add(a content.AccountID, ref content.Path, c cid.Cid) {
	if m.pins[a][ref] == nil {
		m.pins[a][ref] = make(map[cid.Cid]bool)
	}
	m.pins[a][ref][c] = true
}

func (m *machine) putBlocks(list []content.Block) {
	for _, b := range list {
		m.put[b.CID] = true
	}
}

func (m *machine) pin(t *rapid.T) {
	a, ref := drawAccount(t), rapid.SampledFrom(modelPaths).Draw(t, "path")
	var pins []store.Pin
	for _, b := range subset(t, "pins") {
		pins = append(pins, store.Pin{CID: b.CID, Referrer: ref})
		if m.pins[a] != nil {
			m.add(a, ref, b.CID)
		}
	}
	err := m.s.Pin(context.Background(), a, pins)
	if m.pins[a] != nil {
		must(t, err)
	} else if content.KindOf(err) != content.NotFound {
		t.Fatalf("pins of an account without a head: %v", err)
	}
}

func (m *machine) forget(t *rapid.T) {
	a := drawAccount(t)
	delete(m.pins, a)
	must(t, m.s.UnpinAccount(context.Background(), a))
}

func (m *machine) putSome(t *rapid.T) {
	list := subset(t, "blocks")
	m.putBlocks(list)
	must(t, m.s.Put(context.Background(), list...))
}

func (m *machine) hold(t *rapid.T) {
	name := rapid.SampledFrom(modelHolds).Draw(t, "name")
	if m.held[name] == nil {
		m.held[name] = make(map[cid.Cid]bool)
	}
	var cids []cid.Cid
	for _, b := range subset(t, "held") {
		cids = append(cids, b.CID)
		m.held[name][b.CID] = true
	}
	must(t, m.s.Hold(context.Background(), name, cids, m.now.Add(1000*time.Hour)))
}

func (m *machine) release(t *rapid.T) {
	name := rapid.SampledFrom(modelHolds).Draw(t, "name")
	delete(m.held, name)
	must(t, m.s.Release(context.Background(), name))
}

// collect lets the grace period pass: then exactly what is needed is left.
func (m *machine) collect(t *rapid.T) {
	m.later()
	_, err := m.s.GC(context.Background()) // notes the age of all there is
	must(t, err)
	m.later()
	_, err = m.s.GC(context.Background())
	must(t, err)
	maps.DeleteFunc(m.put, func(c cid.Cid, _ bool) bool { return !m.needed(c, true) })
	for _, b := range modelBlocks {
		if held, err := m.s.Has(context.Background(), b.CID); err != nil || held != m.put[b.CID] {
			t.Fatalf("after a collection block %v is held: %v, want %v (%v)", b.CID, held, m.put[b.CID], err)
		}
	}
}

func (m *machine) reopen(t *rapid.T) {
	must(t, m.s.Close())
	m.open(t)
}

func (m *machine) compare(t *rapid.T) {
	ctx := context.Background()
	for i, b := range modelBlocks {
		held, err := m.s.Has(ctx, b.CID)
		must(t, err)
		if !held && m.put[b.CID] && m.needed(b.CID, true) {
			t.Fatalf("block %d is needed and gone", i)
		}
		shown, err := m.s.Published().Has(ctx, b.CID)
		must(t, err)
		if want := held && m.needed(b.CID, false); shown != want {
			t.Fatalf("block %d is published: %v, want %v", i, shown, want)
		}
		if !held {
			delete(m.put, b.CID) // went with its last pin
		}
	}
	var heads []content.AccountID
	for h, err := range m.s.Heads(ctx) {
		must(t, err)
		heads = append(heads, h.Account)
	}
	if len(heads) != len(m.pins) {
		t.Fatalf("heads of %d accounts, want %d", len(heads), len(m.pins))
	}
	m.compareSizes(t)
}

func (m *machine) compareSizes(t *rapid.T) {
	m.now = m.now.Add(time.Minute) // beyond what Sizes remembers
	for a, refs := range m.pins {
		pinned := make(map[cid.Cid]bool)
		for _, set := range refs {
			maps.Copy(pinned, set)
		}
		var want store.Sizes
		for _, b := range modelBlocks {
			held, err := m.s.Has(context.Background(), b.CID)
			must(t, err)
			if pinned[b.CID] && held {
				want.Blocks++
				want.Bytes += int64(len(b.Data))
			} else if pinned[b.CID] {
				want.Missing++
			}
		}
		got, err := m.s.Sizes(context.Background(), a)
		must(t, err)
		if off := got.Bytes - want.Bytes; got.Blocks != want.Blocks || got.Missing != want.Missing || max(off, -off) > int64(4*got.Blocks) {
			t.Fatalf("sizes %+v, want %+v", got, want)
		}
	}
}

func TestManyPinsInOnePublication(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	p := store.Publication{Account: account(1), Version: content.Version{Epoch: 1, Rev: 1}, Head: headBytes(1)}
	for i := range 12_000 { // several times what one transaction takes
		p.Pin = append(p.Pin, store.Pin{CID: content.Sum(content.Raw, fmt.Append(nil, i)), Referrer: path(fmt.Sprint(i % 1000))})
	}
	check(t, s.Publish(t.Context(), p))
	check(t, s.Publish(t.Context(), store.Publication{
		Account: account(2), Version: content.Version{Epoch: 1, Rev: 1}, Head: headBytes(1), Pin: slices.Clone(p.Pin[:5]),
	}))
	check(t, s.Close())
	s = open(t, home)
	defer s.Close()
	n, err := s.Sizes(t.Context(), account(1))
	check(t, err)
	if n.Missing != len(p.Pin) {
		t.Errorf("%d of %d pins are there", n.Missing, len(p.Pin))
	}
	check(t, s.UnpinAccount(t.Context(), account(1)))
	check(t, s.Put(t.Context(), content.NewBlock(content.Raw, fmt.Append(nil, 4)), content.NewBlock(content.Raw, fmt.Append(nil, 5))))
	if !isPublished(t, s, p.Pin[4].CID) || isPublished(t, s, p.Pin[5].CID) {
		t.Error("forgetting one account did not leave exactly the other's pins")
	}
}

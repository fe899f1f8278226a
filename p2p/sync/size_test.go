package sync_test

import (
	"context"
	"testing"

	"rossgram.app/content"
	"rossgram.app/p2p/internal/p2ptest"
	psync "rossgram.app/p2p/sync"
)

// sizes knows what one account comes to.
type sizes struct {
	id   content.AccountID
	size psync.Size
}

func (s sizes) Size(_ context.Context, id content.AccountID) (psync.Size, error) {
	if id != s.id {
		return psync.Size{}, content.Errorf("sizes", content.NotFound, "not held")
	}
	return s.size, nil
}

func newSized(t *testing.T, known sizes) node {
	t.Helper()
	n := node{Host: p2ptest.Host(t)}
	var err error
	n.sync, err = psync.New(n.Libp2p(), psync.Config{Source: newArchive(t), Verify: p2ptest.Verify(t), Sizes: known})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.sync.Close() })
	return n
}

func TestSizeOfAnAccount(t *testing.T) {
	account := p2ptest.FixedAccount(t)
	want := psync.Size{Posts: 10, Recent: 3, Records: 5000, Smallest: 400_000, Renditions: 8_000_000, Sources: 40_000_000}
	a, b := newNode(t, newArchive(t), psync.Limits{}), newSized(t, sizes{account.ID, want})
	p2ptest.Connect(t, a.Host, b.Host)
	ctx, stranger := p2ptest.Context(t), account.ID
	stranger[0]++
	if got, err := a.sync.Size(ctx, b.ID(), account.ID); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for name, ask := range map[string]func() error{
		"an account that is not held": func() error { _, err := a.sync.Size(ctx, b.ID(), stranger); return err },
		"a node that says nothing":    func() error { _, err := b.sync.Size(ctx, a.ID(), account.ID); return err },
	} {
		if err := ask(); content.KindOf(err) != content.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSizeThatCannotBe: what contradicts itself is no answer.
func TestSizeThatCannotBe(t *testing.T) {
	account := p2ptest.FixedAccount(t)
	for name, size := range map[string]psync.Size{
		"less than nothing":                  {Records: -1},
		"more than there is":                 {Sources: 1 << 60},
		"more recent posts than posts":       {Recent: 1},
		"the smallest are more than all are": {Smallest: 2, Renditions: 1},
	} {
		a, b := newNode(t, newArchive(t), psync.Limits{}), newSized(t, sizes{account.ID, size})
		p2ptest.Connect(t, a.Host, b.Host)
		if _, err := a.sync.Size(p2ptest.Context(t), b.ID(), account.ID); content.KindOf(err) != content.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

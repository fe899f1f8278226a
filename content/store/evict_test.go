package store_test

import (
	"context"
	"testing"

	"rossgram.app/content/store"
)

// TestEvictionKeepsToTheLimit writes many times what there is room for: what came
// before makes room, and the disk never has more than the limit.
func TestEvictionKeepsToTheLimit(t *testing.T) {
	limits := store.Options{Reserve: 1 << 20, MaxDisk: 40 << 20}
	s, err := store.Open(t.Context(), t.TempDir(), limits)
	check(t, err)
	defer func() { check(t, s.Close()) }()
	oldest, here := 1, 0
	s.SetRelief(func(ctx context.Context, _ int64) {
		for range max(1, here/4) {
			p := photoPost(oldest)
			n, _, err := s.Evict(ctx, account(1), p.Pin, spareNone)
			if err != nil || n == 0 {
				t.Errorf("post %d: %d blocks, %v", oldest, n, err)
			}
			oldest++
			here--
		}
		check(t, s.Reclaim(ctx))
	})
	const posts = 200
	for n := 1; n <= posts; n++ {
		p := photoPost(n)
		check(t, s.Put(t.Context(), p.Blocks...))
		check(t, s.Publish(t.Context(), p))
		here++
		u, err := s.Usage(t.Context())
		check(t, err)
		if used := u.Blocks + u.State + u.Index; used > limits.MaxDisk {
			t.Fatalf("after %d posts %d KiB are used of %d", n, used>>10, limits.MaxDisk>>10)
		}
	}
	if here < 20 {
		t.Errorf("only %d posts are here", here)
	}
	for n := oldest; n <= posts; n++ {
		if _, err := s.Get(t.Context(), photoPost(n).Blocks[0].CID); err != nil {
			t.Errorf("post %d: %v", n, err)
		}
	}
	missing := 0
	check(t, s.Missing(t.Context(), account(1), func(store.Pin) bool { missing++; return true }))
	if missing != oldest-1 {
		t.Errorf("%d blocks are missing of %d posts", missing, oldest-1)
	}
}

func spareNone(store.PinnedBy) bool { return false }

func TestEvictionSparesWhatOthersNeed(t *testing.T) {
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{Reserve: 1 << 20})
	check(t, err)
	defer func() { check(t, s.Close()) }()
	shared := raw(1, 1000)
	check(t, s.Publish(t.Context(), publication(account(1), 1, postPath(1), shared)))
	check(t, s.Publish(t.Context(), publication(account(2), 1, postPath(2), shared)))
	pins := []store.Pin{{CID: shared.CID, Referrer: postPath(1)}}
	for _, c := range []struct {
		name  string
		pins  []store.Pin
		spare func(store.PinnedBy) bool
		want  int
	}{
		{"another account needs it", pins, func(p store.PinnedBy) bool { return p.Account == account(2) }, 0},
		{"not this account's", []store.Pin{{CID: shared.CID, Referrer: postPath(9)}}, spareNone, 0},
		{"nobody needs it here", pins, spareNone, 1},
		{"gone already", pins, spareNone, 0},
	} {
		if n, _, err := s.Evict(t.Context(), account(1), c.pins, c.spare); n != c.want || err != nil {
			t.Errorf("%s: %d blocks, %v", c.name, n, err)
		}
	}
	check(t, s.Put(t.Context(), shared))
	if has, err := s.Published().Has(t.Context(), shared.CID); !has || err != nil {
		t.Errorf("what was evicted and came back is not published: %v", err)
	}
}

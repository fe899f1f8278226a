package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

func set(t testing.TB, kv *store.KV, keys ...string) {
	t.Helper()
	check(t, kv.Update(t.Context(), func(tx *store.Tx) error {
		for _, k := range keys {
			if err := tx.Set([]byte(k), []byte("v"+k)); err != nil {
				return err
			}
		}
		return nil
	}))
}

func scan(t testing.TB, kv *store.KV, span store.Span) []string {
	t.Helper()
	var keys []string
	check(t, kv.View(t.Context(), func(tx *store.Tx) error {
		return tx.Scan(span, func(k, v []byte) bool {
			if !span.KeysOnly && string(v) != "v"+string(k) {
				t.Errorf("key %q has value %q", k, v)
			}
			keys = append(keys, string(k))
			return true
		})
	}))
	return keys
}

func TestBucketsAreApart(t *testing.T) {
	s := opened(t)
	a, b := s.State().Bucket("a/"), s.State().Bucket("b/")
	set(t, a, "1", "2")
	set(t, b, "2", "3")
	set(t, s.Index().Bucket("a/"), "9")
	if got := scan(t, a, store.Span{}); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("%q", got)
	}
	_, err := a.Get(t.Context(), []byte("3"))
	wantKind(t, err, content.NotFound)
	check(t, a.DropAll(t.Context()))
	if got := scan(t, a, store.Span{}); len(got) != 0 {
		t.Errorf("after DropAll: %q", got)
	}
	if got := scan(t, b, store.Span{}); !slices.Equal(got, []string{"2", "3"}) {
		t.Errorf("the other bucket after DropAll: %q", got)
	}
	set(t, a, "4")
	if got := scan(t, a, store.Span{KeysOnly: true}); !slices.Equal(got, []string{"4"}) {
		t.Errorf("written after DropAll: %q", got)
	}
}

// TestScanOrder compares spans with a sorted list; the keys are full of the bytes
// where ends of prefixes are easily missed.
func TestScanOrder(t *testing.T) {
	s := opened(t)
	bytesOf := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0xfe, 0xff}), 0, 4)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		kv := s.Index().Bucket(fmt.Sprintf("run%d/", n))
		set(t, s.Index().Bucket(fmt.Sprintf("run%d0", n)), "behind") // right behind the bucket
		keys := rapid.SliceOfN(rapid.Map(bytesOf, func(b []byte) string { return string(b) }), 1, 20).Draw(rt, "keys")
		set(t, kv, keys...)
		span := store.Span{
			Prefix:    bytesOf.Draw(rt, "prefix"),
			Direction: store.Direction(rapid.Bool().Draw(rt, "descending")),
		}
		if rapid.Bool().Draw(rt, "from start") {
			span.Start = append([]byte{}, bytesOf.Draw(rt, "start")...)
		}
		if got, want := scan(t, kv, span), expected(keys, span); !slices.Equal(got, want) {
			rt.Fatalf("%+v: %q, want %q", span, got, want)
		}
	})
}

func expected(keys []string, span store.Span) []string {
	var list []string
	for _, k := range keys {
		inside := len(k) >= len(span.Prefix) && k[:len(span.Prefix)] == string(span.Prefix)
		after := span.Start == nil || (k >= string(span.Start)) == (span.Direction == store.Ascending) || k == string(span.Start)
		if inside && after {
			list = append(list, k)
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if span.Direction == store.Descending {
		slices.Reverse(list)
	}
	return list
}

func TestUpdateIsAllOrNothing(t *testing.T) {
	s := opened(t)
	kv := s.State().Bucket("x/")
	stop := errors.New("changed my mind")
	err := kv.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.Set([]byte("a"), nil); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	err = kv.Update(t.Context(), func(tx *store.Tx) error {
		for i := range 1_000_000 {
			if err := tx.Set(fmt.Append(nil, i), []byte("x")); err != nil {
				return err
			}
		}
		return nil
	})
	wantKind(t, err, content.TooLarge)
	if got := scan(t, kv, store.Span{KeysOnly: true}); len(got) != 0 {
		t.Errorf("%d keys of failed updates are there", len(got))
	}
	err = kv.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.Set([]byte("a"), []byte("va")); err != nil {
			return err
		}
		return tx.Scan(store.Span{}, func(k, v []byte) bool {
			wantKind(t, tx.Scan(store.Span{}, nil), content.Invalid)
			return true
		})
	})
	check(t, err)
}

func TestUpdatesDoNotLoseEachOther(t *testing.T) {
	s := opened(t)
	kv := s.Index().Bucket("n/")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				err := kv.Update(t.Context(), func(tx *store.Tx) error {
					v, err := tx.Get([]byte("n"))
					if err != nil && content.KindOf(err) != content.NotFound {
						return err
					}
					return tx.Set([]byte("n"), append(v, '.'))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if v, err := kv.Get(t.Context(), []byte("n")); err != nil || len(v) != 200 {
		t.Errorf("%d of 200 updates, %v", len(v), err)
	}
}

func TestBatchTakesAnyNumber(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	b := s.Index().Bucket("x/").Batch(t.Context())
	const n = 50_000
	for i := range n {
		check(t, b.Set(fmt.Appendf(nil, "%06d", i), fmt.Appendf(nil, "v%06d", i)))
	}
	check(t, b.Delete([]byte("000007")))
	check(t, b.Flush())
	check(t, b.Set([]byte("discarded"), nil))
	b.Discard()
	check(t, s.Close())
	s = open(t, home)
	defer s.Close()
	if got := scan(t, s.Index().Bucket("x/"), store.Span{}); len(got) != n-1 {
		t.Errorf("%d keys", len(got))
	}
}

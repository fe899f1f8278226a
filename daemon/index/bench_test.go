package index_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/index"
)

// thousand is a node whose viewer follows a thousand accounts with a hundred
// posts each, the newest of which are by many of them.
func thousand(b *testing.B) (*world, *account) {
	b.Helper()
	anna := newAccount(0)
	w := newWorld(b, anna)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 1000 {
		a := newAccount(1 + i)
		changes := []change{profile(fmt.Sprint("Name ", i))}
		for n := range 100 {
			at := -time.Duration(n)*24*time.Hour - time.Duration(rng.Int64N(int64(24*time.Hour)))
			changes = add(changes, post(tidAt(at), fmt.Sprint("A caption of some length, as people write them, ", i, n)))
		}
		w.commit(a, changes...)
		w.commit(anna, follow(a))
	}
	b.ResetTimer()
	return w, anna
}

// BenchmarkHome reads the newest page, which apps do all the time, and pages
// from anywhere, whose records are not in memory.
func BenchmarkHome(b *testing.B) {
	w, anna := thousand(b)
	newest := w.home(anna, index.Page{Limit: 1})[0].ID
	b.Run("newest", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			readHome(b, w, anna, index.Page{})
		}
	})
	b.Run("anywhere", func(b *testing.B) {
		b.ReportAllocs()
		rng := rand.New(rand.NewPCG(3, 4))
		oldest := index.FirstID(anna.id, tidAt(-90*24*time.Hour))
		for b.Loop() {
			readHome(b, w, anna, index.Page{MaxID: oldest + index.StatusID(rng.Uint64N(uint64(newest-oldest)))})
		}
	})
}

func readHome(b *testing.B, w *world, viewer *account, page index.Page) {
	list, err := w.ix.Home(b.Context(), viewer.id, page)
	if err != nil || len(list) != index.DefaultLimit {
		b.Fatal(len(list), err)
	}
}

func BenchmarkAccount(b *testing.B) {
	w, _ := thousand(b)
	ids := make([]content.AccountID, 20)
	for i := range ids {
		ids[i] = newAccount(1 + 50*i).id
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := w.ix.Account(b.Context(), ids[i%len(ids)]); err != nil {
			b.Fatal(err)
		}
	}
}

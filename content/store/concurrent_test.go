package store_test

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// TestEverythingAtOnce publishes, reads, lists and collects at the same time.
// What was published can be read right away, by everyone.
func TestEverythingAtOnce(t *testing.T) {
	s := opened(t)
	var ticks atomic.Int64 // time flies: collections find everything old
	start := time.Now()
	s.SetClock(func() time.Time { return start.Add(time.Duration(ticks.Add(1)) * 2 * store.Grace) })
	var writers, others sync.WaitGroup
	done := make(chan struct{})
	for w := range 3 {
		writers.Go(func() {
			if err := publishMany(t, s, byte(w+1)); err != nil {
				t.Error(err)
			}
		})
	}
	for _, work := range []func() error{
		func() error { _, err := s.GC(t.Context()); return err },
		func() error { _, err := s.Sizes(t.Context(), account(1)); return err },
		func() error { return listAll(t, s) },
		func() error { return s.UnpinAccount(t.Context(), account(9)) },
	} {
		others.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					if err := work(); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	writers.Wait()
	close(done)
	others.Wait()
}

func publishMany(t *testing.T, s *store.Store, who byte) error {
	for n := range 40 {
		list := []content.Block{raw(uint64(n), 900), raw(uint64(n)+1000, 30<<10)} // all publish the same photos
		if err := s.Publish(t.Context(), publication(account(who), content.TID(n+1), path(fmt.Sprint(n)), list...)); err != nil {
			return err
		}
		for _, b := range list {
			got, err := s.Published().Get(t.Context(), b.CID)
			if err != nil || !bytes.Equal(got.RawData(), b.Data) {
				return fmt.Errorf("post %d of %d: %w", n, who, err)
			}
		}
	}
	return nil
}

func listAll(t *testing.T, s *store.Store) error {
	keys, err := s.Blockstore().AllKeysChan(t.Context())
	if err != nil {
		return err
	}
	for c := range keys {
		if err := content.CheckCID(c); err != nil {
			return err
		}
	}
	return nil
}

// A listing that nobody reads to its end does not keep the store from closing.
func TestCloseEndsListings(t *testing.T) {
	s := open(t, t.TempDir())
	check(t, s.Put(t.Context(), raw(1, 10), raw(2, 10)))
	keys, err := s.Blockstore().AllKeysChan(t.Context())
	check(t, err)
	<-keys
	check(t, s.Close())
}

package store_test

import (
	"fmt"
	"testing"
	"time"

	"rossgram.app/content/store"
)

// TestMuchWritingLeavesFewTables writes so many memory tables that a database
// nobody compacts would keep them all on its first level, where every lookup
// passes them.
func TestMuchWritingLeavesFewTables(t *testing.T) {
	s := open(t, t.TempDir())
	room := s.Index().Bucket("much/")
	for i := range 80 { // of about 0.5 MB each
		check(t, room.Update(t.Context(), func(tx *store.Tx) error {
			for j := range 8 {
				if err := tx.Set(fmt.Appendf(nil, "%d/%d", i%40, j), make([]byte, 60<<10)); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	first := func() int { return s.DatabaseOf("index").Levels()[0].NumTables }
	for deadline := time.Now().Add(time.Minute); first() >= 5; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d tables stay on the first level", first())
		}
	}
	for i := range 40 {
		v, err := room.Get(t.Context(), fmt.Appendf(nil, "%d/7", i))
		if err != nil || len(v) != 60<<10 {
			t.Fatalf("what was written is gone: %d bytes, %v", len(v), err)
		}
	}
}

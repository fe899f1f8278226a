package store_test

import (
	"errors"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

func TestFormatsOfOtherVersions(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	db := s.DatabaseOf("state")
	ran := 0
	next := func(txn *badger.Txn) error { ran++; return txn.Set([]byte("migrated"), nil) }
	failing := func(*badger.Txn) error { return errors.New("half way") }
	if err := store.CheckFormat(db, next, failing); err == nil {
		t.Fatal("a migration that fails went through")
	}
	check(t, store.CheckFormat(db)) // and left the format alone
	ran = 0
	check(t, store.CheckFormat(db, next)) // a made-up format 2
	check(t, store.CheckFormat(db, next))
	if ran != 1 {
		t.Errorf("the migration ran %d times", ran)
	}
	check(t, s.Close())
	_, err := store.Open(t.Context(), home, small)
	wantKind(t, err, content.Conflict)
	t.Log(content.Message(err))
	// The refused home is not kept locked.
	_, err = store.Open(t.Context(), home, small)
	wantKind(t, err, content.Conflict)
	t.Log(content.Message(err))
}

package store

import (
	"time"

	"github.com/dgraph-io/badger/v4"
)

// Grace is how long blocks are safe from collection.
const Grace = grace

// SetClock makes the store believe in another time. Call it before the store is
// used.
func (s *Store) SetClock(now func() time.Time) { s.now = now }

// DatabaseOf gives badger's own view of a database.
func (s *Store) DatabaseOf(name string) *badger.DB {
	return map[string]*badger.DB{"blocks": s.blocks.DB, "state": s.state.DB, "index": s.index.DB}[name]
}

// CheckFormat opens a database folder as a version that knows this many steps.
func CheckFormat(db *badger.DB, steps ...func(*badger.Txn) error) error {
	list := make([]step, len(steps))
	for i, s := range steps {
		list[i] = s
	}
	return checkFormat(db, stateDB, list)
}

package store

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
)

// emptyLog is the length of a value log file without entries: badger's header.
const emptyLog = 20

// seal sees to it that the newest value log file of a database is an empty one.
//
// Badger reads the newest file whole when it opens, and cuts it off at the first
// entry that is damaged, taking it for a write that a crash cut short. So the
// newest file should hold nothing that was finished: a bit that flips on the
// disk then costs one block and not all behind it, opening reads nothing, and
// nothing of it stays in memory. Badger begins a file with every opening, so
// opening and closing is all it takes.
func seal(opt badger.Options) error {
	logs, err := filepath.Glob(filepath.Join(opt.ValueDir, "*.vlog"))
	if err != nil || len(logs) == 0 {
		return err
	}
	newest, err := os.Stat(logs[len(logs)-1]) // names are numbers of equal width
	if err != nil {
		return err
	}
	if newest.Size() <= emptyLog {
		return nil
	}
	db, err := badger.Open(opt)
	if err != nil {
		return fmt.Errorf("sealing the value log: %w", err)
	}
	return db.Close()
}

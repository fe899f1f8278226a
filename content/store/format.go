package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"rossgram.app/content"
)

// formatKey holds the format of a database as a big-endian uint32. Formats
// count from 1. No other key is like it: those of blocks are longer, those of
// state and index begin otherwise.
var formatKey = []byte("!format")

// step rewrites a database from one format to the next. It runs in one
// transaction with the change of the format.
type step func(*badger.Txn) error

// steps are those of each database, from the first format on. The second of blocks
// has large ones in files, which are written so from then on: an older rossgram
// would take what stands in their place for the bytes.
var steps = map[databaseName][]step{
	blocksDB: {func(*badger.Txn) error { return nil }},
}

// checkFormat brings a database to the newest format, which is one more than
// there are steps, and refuses one that is newer still.
func checkFormat(db *badger.DB, name databaseName, steps []step) error {
	const op = "store.Open"
	newest := uint32(len(steps) + 1)
	return fail(op, db.Update(func(txn *badger.Txn) error {
		have, err := readFormat(txn)
		switch {
		case errors.Is(err, badger.ErrKeyNotFound):
			return writeFormat(txn, newest)
		case err != nil:
			return err
		case have > newest:
			return content.Errorf(op, content.Conflict, fmt.Sprintf(
				"database %s has format %d, and this rossgram knows formats up to %d: update rossgram", name, have, newest))
		case have == newest:
			return nil
		}
		for _, s := range steps[have-1:] {
			if err := s(txn); err != nil {
				return err
			}
		}
		return writeFormat(txn, newest)
	}))
}

func readFormat(txn *badger.Txn) (uint32, error) {
	item, err := txn.Get(formatKey)
	if err != nil {
		return 0, err
	}
	v, err := copyValue(item)
	if err != nil {
		return 0, err
	}
	if len(v) != 4 || binary.BigEndian.Uint32(v) == 0 {
		return 0, content.Errorf("store.Open", content.Corrupt, "the database's format is unreadable")
	}
	return binary.BigEndian.Uint32(v), nil
}

func writeFormat(txn *badger.Txn, format uint32) error {
	return txn.Set(formatKey, binary.BigEndian.AppendUint32(nil, format))
}

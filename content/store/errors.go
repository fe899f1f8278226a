package store

import (
	"errors"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/y"
	"golang.org/x/sys/unix"

	"rossgram.app/content"
)

// kinds says what badger's and the system's errors are to our callers.
var kinds = []struct {
	cause error
	kind  content.Kind
}{
	{badger.ErrKeyNotFound, content.NotFound},
	{badger.ErrTxnTooBig, content.TooLarge},
	{badger.ErrEmptyKey, content.Invalid},
	{badger.ErrInvalidKey, content.Invalid},
	{badger.ErrDBClosed, content.Unavailable},
	{badger.ErrBlockedWrites, content.Unavailable},
	{y.ErrChecksumMismatch, content.Corrupt},
	{y.ErrEOF, content.Corrupt}, // a value beyond the end of its log
	{unix.ENOSPC, content.Quota},
	{unix.EDQUOT, content.Quota},
}

// fail gives err an operation and, where it has none, a kind. It returns nil for
// nil.
func fail(op string, err error) error {
	if err == nil {
		return nil
	}
	kind := content.Other
	if content.KindOf(err) == content.Other {
		for _, k := range kinds {
			if errors.Is(err, k.cause) {
				kind = k.kind
				break
			}
		}
	}
	return content.E(op, kind, err)
}

func joinClose(err error, db *badger.DB) error { return errors.Join(err, db.Close()) }

package store

import (
	"github.com/dgraph-io/badger/v4"

	"rossgram.app/content"
)

// errDamaged is what is found instead of a value.
var errDamaged = content.Errorf("store.value", content.Corrupt, "a stored value is damaged")

// withValue calls f with the value of an item, which is valid until f returns.
// Where badger can't read a value from its log, or its checksum is wrong, it
// logs that and answers with an empty value and no error (v4.9, Item.Value):
// the size beside the key shows that it was not empty.
func withValue(item *badger.Item, f func([]byte) error) error {
	return item.Value(func(v []byte) error {
		if len(v) == 0 && item.ValueSize() > 0 {
			return errDamaged
		}
		return f(v)
	})
}

// copyValue returns a value for keeps.
func copyValue(item *badger.Item) (v []byte, err error) {
	err = withValue(item, func(b []byte) error {
		v = append([]byte{}, b...)
		return nil
	})
	return v, err
}

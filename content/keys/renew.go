package keys

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"rossgram.app/content"
)

// RenewKeyring makes this machine the writer of an account that exists: it
// certifies a new writer key for the epoch behind after, the highest that is
// known, and puts the keyring into the place of the one that may be there below
// accounts. A phrase that is kept in that one stays. Kind Conflict if the one
// there is of a higher epoch than after; Invalid if there is no epoch left.
//
// A crash leaves the old keyring, the new one, or none: calling it again mends
// the last.
func RenewKeyring(accounts string, phrase Phrase, after content.Epoch, now time.Time) (*Keyring, error) {
	const op = "keys.RenewKeyring"
	if after == math.MaxUint32 {
		return nil, content.Errorf(op, content.Invalid, "the account was moved as often as can be: there is no epoch left")
	}
	k, err := newKeyring(accounts, phrase, after+1, now)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	keepPhrase, err := k.mayReplace(after)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	old := filepath.Join(accounts, fmt.Sprintf(".old-%s-%d", k.ID().Fingerprint(), after))
	if err := os.Rename(k.dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, content.E(op, content.Other, err)
	}
	if err := k.write(phrase, keepPhrase); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if err := os.RemoveAll(old); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return k, nil
}

// mayReplace looks at the keyring that is in the place of a new one, and reports
// whether it keeps the phrase.
func (k *Keyring) mayReplace(after content.Epoch) (keepsPhrase bool, err error) {
	if _, err := os.Lstat(k.dir); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	there, err := OpenKeyring(k.dir)
	if err != nil {
		return false, err
	}
	if there.certificate.Epoch > after {
		return false, content.Errorf("keys.RenewKeyring", content.Conflict, "the account was moved here already")
	}
	_, keepsPhrase = there.PhraseFile()
	return keepsPhrase, nil
}

package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"

	"github.com/dgraph-io/badger/v4"
	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// Damage is a block whose stored bytes are not what its CID names.
type Damage struct {
	CID  cid.Cid
	Pins []PinnedBy // at most [MaxDamagePins] of those that need it
	Err  error
}

// MaxDamagePins is how many pins a [Damage] lists.
const MaxDamagePins = 100

// PinnedBy says who needs a block.
type PinnedBy struct {
	Account  content.AccountID
	Referrer content.Path // empty for tree nodes and commits
}

// Verified is what a verification looked at.
type Verified struct {
	Blocks  int
	Bytes   int64
	Damaged int
}

// Verify reads every block, checks it against its digest and calls found with
// each that is damaged, in no useful order; found's error ends it. After each
// block it tells progress, unless that is nil, how far it is. A damaged block can
// be dropped with [Store.Delete], so that it is fetched again. Kind Corrupt is
// returned where the databases' own tables are damaged, after all that can be
// read was looked at: then keys may be missing, which only a fresh fetch of what
// pins name brings back.
func (s *Store) Verify(ctx context.Context, found func(Damage) error, progress func(Verified)) (Verified, error) {
	const op = "store.Verify"
	var v Verified
	err := s.blocks.scan(ctx, nil, keysOnly, func(item *badger.Item) (bool, error) {
		if len(item.Key()) != len(digest{}) {
			return true, nil
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		damage := v.look(s.blocks, item)
		if progress != nil {
			progress(v)
		}
		if damage == nil {
			return true, nil
		}
		var err error
		if damage.Pins, err = s.pinnedBy(ctx, digest(item.Key())); err != nil {
			return false, err
		}
		return true, found(*damage)
	})
	if err != nil {
		return v, fail(op, err)
	}
	return v, fail(op, s.verifyTables())
}

// look checks one block.
func (v *Verified) look(b *blockTable, item *badger.Item) *Damage {
	d := digest(item.Key())
	c := cidOf(item.UserMeta(), d)
	v.Blocks++
	data, err := b.appendItem(nil, item)
	v.Bytes += int64(len(data))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if here, err := b.known(d); err == nil && !here {
			return nil // deleted meanwhile
		}
		err = errors.New("its file is gone")
	case err == nil && sha256.Sum256(data) != d:
		err = errors.New("the bytes are not those of the CID")
	}
	if err == nil {
		return nil
	}
	v.Damaged++
	return &Damage{CID: c, Err: content.E("store.Verify", content.Corrupt, err)}
}

// pinnedBy looks through all pins, which is slow, but damage is rare.
func (s *Store) pinnedBy(ctx context.Context, d digest) ([]PinnedBy, error) {
	var pins []PinnedBy
	err := s.state.scan(ctx, []byte{tagPin}, keysOnly, func(item *badger.Item) (bool, error) {
		if k, ok := parsePin(item.Key()); ok && k.digest == d {
			pins = append(pins, PinnedBy{k.account, k.referrer})
		}
		return len(pins) < MaxDamagePins, nil
	})
	return pins, err
}

func (s *Store) verifyTables() error {
	for _, db := range []*database{s.blocks.database, s.state, s.index} {
		if err := db.verifyTables(); err != nil {
			return content.E("store.Verify", content.Corrupt, fmt.Errorf("database %s: %w", db.name, err))
		}
	}
	return nil
}

// verifyTables reads every page of the LSM tree. Where pages are checked on
// reading, badger's own verification (v4.9, Table.VerifyChecksum) panics over the
// first that is damaged, in this goroutine and with no lock held.
func (d *database) verifyTables() (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("a page of its tables is damaged, and may hide blocks")
		}
	}()
	return d.VerifyChecksum()
}

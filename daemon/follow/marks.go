package follow

import (
	"context"
	"encoding/binary"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
)

// What the keeper remembers of followed accounts, in the store's precious state:
//
//	"m" account (32) → epoch (4), rev (8), 1 if sources too (1): see mark
//	"f" account (32) → evidence of a fork, as of repo.Fork
const (
	tagMark = 'm'
	tagFork = 'f'
	markLen = 4 + 8 + 1
)

// mark says up to which head all records and files of an account are here, so
// that a restart need not look at all of them. The zero mark says that the
// account was begun.
type mark struct {
	version content.Version
	sources bool
}

func (m mark) covers(v content.Version, sources bool) bool {
	return m.version == v && (m.sources || !sources)
}

func markKey(tag byte, id content.AccountID) []byte { return append([]byte{tag}, id[:]...) }

func (m mark) bytes() []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, markLen), uint32(m.version.Epoch))
	b = binary.BigEndian.AppendUint64(b, uint64(m.version.Rev))
	if m.sources {
		return append(b, 1)
	}
	return append(b, 0)
}

// parseMark takes what it can't read for the zero mark: then all is looked at.
func parseMark(b []byte) (m mark) {
	if len(b) == markLen {
		m.version.Epoch = content.Epoch(binary.BigEndian.Uint32(b))
		m.version.Rev = content.TID(binary.BigEndian.Uint64(b[4:]))
		m.sources = b[12] == 1
	}
	return m
}

func (k *Keeper) readMark(ctx context.Context, id content.AccountID) (mark, error) {
	b, err := k.room.Get(ctx, markKey(tagMark, id))
	if content.KindOf(err) == content.NotFound {
		return mark{}, nil
	}
	return parseMark(b), err
}

func (k *Keeper) writeMark(ctx context.Context, id content.AccountID, m mark) error {
	return k.room.Update(ctx, func(tx *store.Tx) error { return tx.Set(markKey(tagMark, id), m.bytes()) })
}

// marks returns the accounts that were begun.
func (k *Keeper) marks(ctx context.Context) (ids []content.AccountID, err error) {
	err = k.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: []byte{tagMark}, KeysOnly: true}, func(key, _ []byte) bool {
			if len(key) == 1+len(content.AccountID{}) {
				ids = append(ids, content.AccountID(key[1:]))
			}
			return true
		})
	})
	return ids, err
}

func (k *Keeper) forgetMarks(ctx context.Context, id content.AccountID) error {
	k.mu.Lock()
	delete(k.forks, id)
	k.mu.Unlock()
	return k.room.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Delete(markKey(tagFork, id)); err != nil {
			return err
		}
		return tx.Delete(markKey(tagMark, id))
	})
}

// complete returns the mark that is due, if there is nothing left to fetch and it
// is not written yet. The keeper is locked.
func (a *account) complete(sources bool) (mark, bool) {
	m := mark{a.head.Version(), sources}
	ok := a.held() && !a.gone && !a.whole && !a.chores[repository].busy && !a.files.pending() && !a.chores[files].busy
	return m, ok && !a.marked.covers(m.version, sources)
}

// note makes durable what was fetched and then says so. Where that fails, the
// next start looks at all of it, which is no loss.
func (k *Keeper) note(a *account, m mark) {
	if k.Budget.Metered() {
		return // more is missing than was looked for
	}
	err := k.Store.Sync(k.ctx)
	if err == nil {
		err = k.writeMark(k.ctx, a.id, m)
	}
	if err != nil {
		k.Log.Debug("an account's files will be looked at again", "account", a.id, "error", err)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	a.marked = m
}

// Fork returns the evidence that an account's history was signed in two versions;
// kind NotFound if there is none.
func (k *Keeper) Fork(ctx context.Context, id content.AccountID) (*repo.Fork, error) {
	const op = "follow.Fork"
	b, err := k.room.Get(ctx, markKey(tagFork, id))
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	f, err := repo.DecodeFork(b)
	if err != nil {
		return nil, content.E(op, content.Corrupt, err)
	}
	return f, nil
}

// readForked returns the epoch of which there is evidence; 0 if there is none
// that can be read.
func (k *Keeper) readForked(ctx context.Context, id content.AccountID) (content.Epoch, error) {
	f, err := k.Fork(ctx, id)
	switch content.KindOf(err) {
	case content.NotFound, content.Corrupt:
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return f.Earlier.Commit.Epoch, nil
}

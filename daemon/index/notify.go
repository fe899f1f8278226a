package index

import (
	"context"
	"encoding/binary"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// id numbers a notification as a status is: by when it was heard of, above bits of its
// identity.
func (k noteKey) id(at int64) StatusID {
	return StatusID(uint64(at/1000)<<idHashBits | binary.BigEndian.Uint64(k.identity[:])&idMask)
}

func (k noteKey) noticeKey(at int64) []byte {
	return key(tagNotice, k.viewer[:], k.id(at).bytes(), k.identity[:])
}

// notify enters what a record says to viewers, in place of what it said before.
func (e *edit) notify(actor content.AccountID, path content.Path, list []notice) error {
	told, err := e.told(actor, path)
	if err != nil {
		return err
	}
	var viewers []byte
	for _, n := range list {
		if !e.ix.views(n.to) {
			continue
		}
		viewers = append(viewers, n.to[:]...)
		told = slices.DeleteFunc(told, func(v content.AccountID) bool { return v == n.to })
		if err := e.putNotice(n); err != nil {
			return err
		}
	}
	for _, v := range told {
		if err := e.takeBack(noteKey{v, identityOf(v, actor, path)}); err != nil {
			return err
		}
	}
	switch k := notifiesKey(actor, path); {
	case len(viewers) > 0:
		return e.tx.Set(k, viewers)
	case len(told) > 0:
		return e.tx.Delete(k)
	}
	return nil
}

func notifiesKey(actor content.AccountID, path content.Path) []byte {
	return key(tagNotifies, actor[:], []byte(path))
}

// told returns whom a record in a repository held here notifies.
func (e *edit) told(actor content.AccountID, path content.Path) (viewers []content.AccountID, err error) {
	b, err := e.get(notifiesKey(actor, path))
	for ; len(b) >= accountLen; b = b[accountLen:] {
		viewers = append(viewers, content.AccountID(b[:accountLen]))
	}
	return viewers, err
}

// putNotice enters a notice of a repository.
func (e *edit) putNotice(n notice) error {
	k := noteKey{n.to, n.identity()}
	note, err := e.meet(k, n, e.ix.now().UnixMicro())
	if err != nil || !note.known || note.dismissed {
		return err
	}
	return e.setNotice(k, note, n.bytes())
}

// meet returns the note of a notice, made now if it is met for the first time. One that
// says it is older than those that were let go stays unknown.
func (e *edit) meet(k noteKey, n notice, at int64) (*note, error) {
	note, err := e.note(k)
	if err != nil || note.known {
		return note, err
	}
	floor, err := e.ix.floor(e.ctx, k.viewer)
	if err != nil || int64(n.claimed) <= floor && floor > 0 {
		return note, err
	}
	note.known, note.at, note.changed, note.fresh = true, at, true, true
	return note, nil
}

func (e *edit) setNotice(k noteKey, n *note, notice []byte) error {
	value := binary.BigEndian.AppendUint64(nil, uint64(n.at))
	return e.tx.Set(k.noticeKey(n.at), append(value, notice...))
}

// takeBack removes a notification whose record is gone for good. When it was heard of
// stays known: who takes a like back and likes again does not notify twice.
func (e *edit) takeBack(k noteKey) error {
	note, err := e.note(k)
	if err != nil || !note.known {
		return err
	}
	if note.heard != nil {
		note.heard, note.changed = nil, true
	}
	return e.tx.Delete(k.noticeKey(note.at))
}

// forgetNotices removes the notifications of an account's repository. What was heard
// of otherwise stays.
func (ix *Index) forgetNotices(ctx context.Context, account content.AccountID) error {
	prefix := key(tagNotifies, account[:])
	return ix.walk(ctx, prefix, func(e *edit, k, _ []byte) error {
		path := content.Path(k[len(prefix):])
		viewers, err := e.told(account, path)
		if err != nil {
			return err
		}
		for _, v := range viewers {
			nk := noteKey{v, identityOf(v, account, path)}
			note, err := e.note(nk)
			if err != nil {
				return err
			}
			switch {
			case !note.known:
			case note.heard != nil && !note.dismissed:
				err = e.setNotice(nk, note, note.heard)
			default:
				err = e.tx.Delete(nk.noticeKey(note.at))
			}
			if err != nil {
				return err
			}
		}
		return e.tx.Delete(k)
	})
}

// restoreHeard enters what viewers heard of otherwise than by a repository.
func (ix *Index) restoreHeard(ctx context.Context, viewer content.AccountID) error {
	var keys, values [][]byte
	prefix := key(tagNote, viewer[:])
	err := ix.state.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: prefix}, func(k, v []byte) bool {
			if n := parseNote(v); n.heard != nil && !n.dismissed {
				keys, values = append(keys, k), append(values, v)
			}
			return true
		})
	})
	if err != nil {
		return err
	}
	for i, chunk := 0, ix.step; i < len(keys); i += chunk {
		err := ix.edit(ctx, func(e *edit) error {
			for j := i; j < min(i+chunk, len(keys)); j++ {
				n := parseNote(values[j])
				k := noteKey{viewer, identity(keys[j][len(prefix):])}
				if err := e.setNotice(k, n, n.heard); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

package index

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// Notification is one thing that concerns an account of this node.
type Notification struct {
	ID      StatusID // a number as a status has one; its time is At
	Type    NotificationType
	At      time.Time         // when this node heard of it first
	Account content.AccountID // whose doing it is
	Record  content.URI       // what says so
	// Status is the post or comment to be shown with it: what was liked or reblogged,
	// or what mentions the account; zero for a follow.
	Status content.URI
}

// Notifications returns a page of an account's notifications, the newest first: those
// of some types, or of all if none are given.
func (ix *Index) Notifications(ctx context.Context, account content.AccountID, types []NotificationType, page Page) ([]Notification, error) {
	const op = "index.Notifications"
	limit := page.limit()
	list := make([]Notification, 0, limit)
	err := ix.eachSuffixed(ctx, key(tagNotice, account[:]), page, func(id StatusID, _, v []byte) (bool, error) {
		n, err := parseNotification(account, id, v)
		if err == nil && (len(types) == 0 || slices.Contains(types, n.Type)) {
			list = append(list, n)
		}
		return len(list) < limit, err
	})
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if page.MinID > 0 {
		slices.Reverse(list)
	}
	return list, nil
}

func parseNotification(account content.AccountID, id StatusID, v []byte) (Notification, error) {
	if len(v) < 8 {
		return Notification{}, damaged("index.parseNotification")
	}
	n, err := parseNotice(account, v[8:])
	return Notification{
		ID: id, Type: n.kind, At: time.UnixMicro(int64(binary.BigEndian.Uint64(v))).UTC(), Account: n.actor,
		Record: content.URI{Account: n.actor, Path: n.path}, Status: n.status.uri(),
	}, err
}

// Notification returns one notification of an account; kind NotFound if there is none,
// or it was dismissed.
func (ix *Index) Notification(ctx context.Context, account content.AccountID, id StatusID) (Notification, error) {
	list, err := ix.Notifications(ctx, account, nil, Page{MaxID: id + 1, MinID: id - 1, Limit: 1})
	if err != nil {
		return Notification{}, err
	}
	if len(list) == 0 {
		return Notification{}, content.Errorf("index.Notification", content.NotFound, "there is no such notification")
	}
	return list[0], nil
}

// Dismiss takes a notification away for good. One that is not there is no error.
func (ix *Index) Dismiss(ctx context.Context, account content.AccountID, id StatusID) error {
	return ix.dismiss(ctx, "index.Dismiss", account, key(tagNotice, account[:], id.bytes()))
}

// Clear takes all notifications of an account away for good.
func (ix *Index) Clear(ctx context.Context, account content.AccountID) error {
	return ix.dismiss(ctx, "index.Clear", account, key(tagNotice, account[:]))
}

func (ix *Index) dismiss(ctx context.Context, op string, account content.AccountID, prefix []byte) error {
	ix.turns.emptying.RLock()
	defer ix.turns.emptying.RUnlock()
	ix.writing.Lock()
	defer ix.writing.Unlock()
	err := ix.walk(ctx, prefix, func(e *edit, k, _ []byte) error {
		n, err := e.note(noteKey{account, identity(k[len(k)-len(identity{}):])})
		if err != nil {
			return err
		}
		n.dismissed, n.changed = true, n.known
		return e.tx.Delete(k)
	})
	if err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// MarkRead notes that an account's owner has seen all notifications up to one. The mark
// only goes on.
func (ix *Index) MarkRead(ctx context.Context, account content.AccountID, id StatusID) error {
	err := ix.state.Update(ctx, func(tx *store.Tx) error {
		last, err := readMark(tx, account)
		if err != nil || id <= last {
			return err
		}
		return tx.Set(key(tagRead, account[:]), id.bytes())
	})
	if err != nil {
		return content.E("index.MarkRead", content.Other, err)
	}
	return nil
}

func readMark(tx *store.Tx, account content.AccountID) (StatusID, error) {
	b, err := (&edit{tx: tx}).get(key(tagRead, account[:]))
	if err != nil || len(b) != 8 {
		return 0, err
	}
	return lastID(b), nil
}

// Unread returns how many notifications an account's owner has not seen, and the last
// one that was: 0 if none was.
func (ix *Index) Unread(ctx context.Context, account content.AccountID) (n int, read StatusID, err error) {
	err = ix.state.View(ctx, func(tx *store.Tx) (err error) {
		read, err = readMark(tx, account)
		return err
	})
	if err == nil {
		prefix := key(tagNotice, account[:])
		err = ix.kv.View(ctx, func(tx *store.Tx) error {
			span := store.Span{Prefix: prefix, Start: append(slices.Clone(prefix), (read + 1).bytes()...), KeysOnly: true}
			return tx.Scan(span, func(_, _ []byte) bool { n++; return true })
		})
	}
	if err != nil {
		return 0, 0, content.E("index.Unread", content.Other, err)
	}
	return n, read, nil
}

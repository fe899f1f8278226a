package reception

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/content/store"
	"rossgram.app/p2p/mailbox"
)

// keptEntry is a notice that is kept, and where.
type keptEntry struct {
	key []byte
	kept
}

// Collect returns what is kept for a mirrored account behind a cursor and forgets what
// is before it, see [mailbox.Receiver].
func (r *Reception) Collect(ctx context.Context, cert content.Certificate, cursor mailbox.Cursor, most int) ([]mailbox.Draft, mailbox.Cursor, error) {
	const op = "reception.Collect"
	if len(cursor) != 0 && len(cursor) != 8 {
		return nil, nil, content.Errorf(op, content.Invalid, "not a cursor of this node")
	}
	if err := r.inForce(ctx, cert); err != nil {
		return nil, nil, content.E(op, content.Other, err)
	}
	account, from := cert.Account, numberOf(cursor)
	if err := r.forgetBefore(ctx, account, from); err != nil {
		return nil, nil, content.E(op, content.Other, err)
	}
	entries, err := r.keptFrom(ctx, account, from, most)
	if err == nil && len(entries) == 0 && !r.mirrored(account) {
		err = content.Errorf(op, content.NotFound, "nothing is kept for the account")
	}
	if err != nil {
		return nil, nil, content.E(op, content.Other, err)
	}
	next := cursor
	var page []mailbox.Draft
	for _, e := range entries {
		d, err := mailbox.Decode(e.Notice)
		if err != nil {
			return nil, nil, content.E(op, content.Corrupt, err)
		}
		page = append(page, d)
		next = mailbox.Cursor(e.key[33:])
	}
	return page, next, nil
}

// inForce reports whether no newer certificate of an account is known than one.
func (r *Reception) inForce(ctx context.Context, cert content.Certificate) error {
	const op = "reception.inForce"
	over := content.Errorf(op, content.Permission, "the account is written under a newer certificate")
	h, err := r.Replica.Head(ctx, cert.Account)
	if err != nil && content.KindOf(err) != content.NotFound {
		return err
	}
	if err == nil {
		if order, err := keys.CompareCertificates(cert, h.Cert); err != nil || order < 0 {
			return over
		}
	}
	return r.room.View(ctx, func(tx *store.Tx) error {
		if known, err := epochOf(tx, cert.Account); err != nil || known > cert.Epoch {
			return over
		}
		return nil
	})
}

// keptFrom returns the first that are kept for an account behind a seq, only the first
// few large ones.
func (r *Reception) keptFrom(ctx context.Context, account content.AccountID, seq uint64, most int) ([]keptEntry, error) {
	var list []keptEntry
	var bad error
	size := 0
	span := store.Span{Prefix: key(tagKept, account[:]), Start: keptKey(account, seq+1)}
	err := r.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(span, func(k, v []byte) bool {
			e := keptEntry{key: k}
			bad = dagcbor.Unmarshal(v, &e.kept)
			if bad == nil && len(list) < most {
				list = append(list, e)
			}
			size += len(v)
			return bad == nil && len(list) < most && size < mailbox.MaxNotice
		})
	})
	if err == nil {
		err = bad
	}
	return list, err
}

// forgetBefore forgets what is kept for an account up to a seq.
func (r *Reception) forgetBefore(ctx context.Context, account content.AccountID, seq uint64) error {
	for {
		entries, err := r.keptFrom(ctx, account, 0, offAtOnce)
		if err != nil {
			return err
		}
		n := 0
		for n < len(entries) && numberOf(entries[n].key[33:]) <= seq {
			n++
		}
		if n == 0 {
			return nil
		}
		if err := r.update(ctx, 16<<10, func(tx *store.Tx) error { return forgetAll(tx, account, entries[:n]) }); err != nil {
			return err
		}
	}
}

func forgetAll(tx *store.Tx, account content.AccountID, entries []keptEntry) error {
	for _, e := range entries {
		p := pair{account, e.Actor}
		at, there, err := read[place](tx, p.key(tagPlace, []byte(e.Path)))
		if err == nil && there && at.Seq == numberOf(e.key[33:]) {
			err = forgetKept(tx, p, e.Path, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetKept takes a notice out of what is kept.
func forgetKept(tx *store.Tx, p pair, path content.Path, at place) error {
	for _, k := range [][]byte{keptKey(p.target, at.Seq), p.key(tagPlace, []byte(path))} {
		if err := tx.Delete(k); err != nil {
			return err
		}
	}
	for _, k := range [][]byte{usageKey(p.target), usageOfAll} {
		u, _, err := read[usage](tx, k)
		if err != nil {
			return err
		}
		if err := write(tx, k, u.plus(-1, -int64(at.Size))); err != nil {
			return err
		}
	}
	n, err := add(tx, p.key(tagOfActor), -1)
	if err == nil && n == 0 {
		err = tx.Delete(p.key(tagOfActor))
	}
	return err
}

package reception

import (
	"context"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/store"
	"rossgram.app/p2p/mailbox"
)

// Held is a notice that waits for the owner's word.
type Held struct {
	Notice mailbox.Notice
	Since  time.Time
	// Stranger says that it waits because nobody knows the actor; else it is a comment
	// that the owner's policy holds.
	Stranger bool
}

// Held returns what waits for the owner of an account, the newest last: comments to
// review, and what strangers say.
func (r *Reception) Held(ctx context.Context, account content.AccountID) ([]Held, error) {
	const op = "reception.Held"
	type entry struct {
		key []byte
		waiting
	}
	var entries []entry
	var bad error
	err := r.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: key(tagWaiting, account[:])}, func(k, v []byte) bool {
			e := entry{key: k}
			bad = dagcbor.Unmarshal(v, &e.waiting)
			entries = append(entries, e)
			return bad == nil
		})
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	var list []Held
	for _, e := range entries {
		n, err := r.reopen(e.Notice)
		if err != nil {
			return nil, content.E(op, content.Other, err)
		}
		since := time.UnixMicro(int64(waitingSince(e.key)))
		list = append(list, Held{n, since, classOf(e.key) == strange})
	}
	return list, nil
}

// Approve takes what was held: record is the actor's, as [Held] tells. Kind NotFound
// if nothing is held of it, and Invalid if it is about nothing of the account's any
// more.
func (r *Reception) Approve(ctx context.Context, account content.AccountID, record content.URI) error {
	const op = "reception.Approve"
	var encoded []byte
	err := r.room.View(ctx, func(tx *store.Tx) error {
		s, _, err := read[stand](tx, standKey(pair{account, record.Account}, record.Path))
		if err != nil || len(s.Wait) == 0 {
			return err
		}
		w, _, err := read[waiting](tx, s.Wait)
		encoded = w.Notice
		return err
	})
	if err == nil && encoded == nil {
		err = content.Errorf(op, content.NotFound, "nothing is held of it; it may have been deleted by its author")
	}
	if err != nil {
		return content.E(op, content.Other, err)
	}
	n, err := r.reopen(encoded)
	if err == nil {
		_, err = r.receive(ctx, n, approved)
	}
	if err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// Reject refuses what was held, for good, in whatever version. Kind NotFound if nothing
// is held of it.
func (r *Reception) Reject(ctx context.Context, account content.AccountID, record content.URI) error {
	return r.off(ctx, "reception.Reject", account, record, func(s stand) bool { return len(s.Wait) > 0 })
}

// Remove takes a comment off the list of a post, for good, in whatever version. It
// stays in its author's repository. Kind NotFound if it is not listed there.
func (r *Reception) Remove(ctx context.Context, account content.AccountID, post content.TID, comment content.URI) error {
	listed := func(s stand) bool { return s.State == taken && s.Post == uint64(post) }
	return r.off(ctx, "reception.Remove", account, comment, listed)
}

// off takes off what an actor says at a path, if it is as expected.
func (r *Reception) off(ctx context.Context, op string, account content.AccountID, uri content.URI, expected func(stand) bool) error {
	if _, err := r.Replica.Writer(account); err != nil {
		return content.E(op, content.Other, err)
	}
	c := &hearing{r: r, pair: pair{account, uri.Account}}
	found := false
	err := r.update(ctx, 1024, func(tx *store.Tx) error {
		c.tx, c.dirty = tx, false
		k := standKey(c.pair, uri.Path)
		s, there, err := read[stand](tx, k)
		if found = there && expected(s); err != nil || !found {
			return err
		}
		if err := c.takeOff(c.pair, uri.Path, s); err != nil {
			return err
		}
		s.State, s.Wait = off, nil
		return write(tx, k, s)
	})
	if err == nil && !found {
		err = content.Errorf(op, content.NotFound, "there is no such response; it may have been deleted by its author")
	}
	if err != nil {
		return content.E(op, content.Other, err)
	}
	if c.dirty {
		r.nudge()
	}
	return nil
}

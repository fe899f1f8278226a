package reception

import (
	"bytes"
	"context"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/store"
)

// The values of a block: whether all that the actor had said is taken off.
var (
	blocking = []byte{0}
	done     = []byte{1}
)

const offAtOnce = 200 // paths of a blocked actor in one transaction

// Block refuses what an actor says to an account from now on, and takes off all that
// it has said: comments, likes, its follow. Blocking again is no error.
func (r *Reception) Block(ctx context.Context, account, actor content.AccountID) error {
	const op = "reception.Block"
	if _, err := r.Replica.Writer(account); err != nil {
		return content.E(op, content.Other, err)
	}
	if account == actor {
		return content.Errorf(op, content.Invalid, "you can't block yourself")
	}
	p := pair{account, actor}
	err := r.update(ctx, 128, func(tx *store.Tx) error { return tx.Set(p.key(tagBlocked), blocking) })
	if err == nil {
		err = r.takeAllOff(ctx, p)
	}
	if err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// Unblock lets an actor speak again. What was taken off comes back as it is brought
// again. Not to have blocked is no error.
func (r *Reception) Unblock(ctx context.Context, account, actor content.AccountID) error {
	return r.update(ctx, 128, func(tx *store.Tx) error { return tx.Delete(pair{account, actor}.key(tagBlocked)) })
}

// Blocked returns whom an account has blocked, in the order of their keys.
func (r *Reception) Blocked(ctx context.Context, account content.AccountID) (list []content.AccountID, err error) {
	err = r.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: key(tagBlocked, account[:]), KeysOnly: true}, func(k, _ []byte) bool {
			list = append(list, content.AccountID(k[33:65]))
			return true
		})
	})
	return list, err
}

// takeAllOff takes off what a blocked actor has said, in steps that go on after a
// crash.
func (r *Reception) takeAllOff(ctx context.Context, p pair) error {
	prefix := p.key(tagStand)
	for after := []byte(nil); ; {
		c := &hearing{r: r, pair: p}
		var last []byte
		err := r.update(ctx, 64<<10, func(tx *store.Tx) (err error) {
			c.tx, c.dirty = tx, false
			last, err = c.takeSomeOff(prefix, after)
			if err == nil && last == nil {
				err = c.finishBlock()
			}
			return err
		})
		if c.dirty {
			r.nudge()
		}
		if err != nil || last == nil {
			return err
		}
		after = append(last, 0)
	}
}

// finishBlock notes that a block is done, unless it was lifted meanwhile.
func (c *hearing) finishBlock() error {
	there, err := c.tx.Has(c.pair.key(tagBlocked))
	if err != nil || !there {
		return err
	}
	return c.tx.Set(c.pair.key(tagBlocked), done)
}

// takeSomeOff returns the last key that it came by, nil if there are no more.
func (c *hearing) takeSomeOff(prefix, from []byte) (last []byte, err error) {
	var keys, values [][]byte
	err = c.tx.Scan(store.Span{Prefix: prefix, Start: from}, func(k, v []byte) bool {
		keys, values = append(keys, k), append(values, v)
		return len(keys) < offAtOnce
	})
	for i, k := range keys {
		var s stand
		if err == nil {
			err = dagcbor.Unmarshal(values[i], &s)
		}
		if err != nil {
			return nil, err
		}
		last = k
		if s.State != taken && len(s.Wait) == 0 {
			continue
		}
		path := content.Path(bytes.TrimPrefix(k, prefix))
		if err = c.takeOff(c.pair, path, s); err == nil {
			s.State, s.Wait = blocked, nil
			err = write(c.tx, k, s)
		}
	}
	return last, err
}

// finishBlocks goes on with blocks that a crash interrupted.
func (r *Reception) finishBlocks(ctx context.Context) error {
	var left []pair
	err := r.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: []byte{tagBlocked}}, func(k, v []byte) bool {
			if len(k) == 65 && !bytes.Equal(v, done) {
				left = append(left, pair{content.AccountID(k[1:33]), content.AccountID(k[33:])})
			}
			return true
		})
	})
	for _, p := range left {
		if err == nil {
			err = r.takeAllOff(ctx, p)
		}
	}
	return err
}

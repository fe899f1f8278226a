package reception

import (
	"context"
	"errors"
	"math"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

const tidyEvery = time.Minute

// tidy is the goroutine that tells Heard again of what it could not note, and forgets
// what has waited for too long.
func (r *Reception) tidy() {
	for first := true; ; first = false {
		now := r.Now()
		told := uint64(max(now.Add(-tidyEvery).UnixMicro(), 0)) // younger ones are being told of
		var err error
		if first {
			told = math.MaxUint64
			err = r.catchUp(r.ctx)
		}
		err = errors.Join(err, r.retell(r.ctx, told), r.expireKept(r.ctx, now), r.expireWaiting(r.ctx, now))
		if err != nil && r.ctx.Err() == nil {
			r.Log.Warn("what others said is not tidied up", "error", err)
		}
		if !r.pause(tidyEvery) {
			return
		}
	}
}

func (r *Reception) expireKept(ctx context.Context, now time.Time) error {
	limit := uint64(max(now.Add(-KeptFor).UnixMicro(), 0))
	var accounts []content.AccountID
	err := r.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: []byte{tagUsage}, KeysOnly: true}, func(k, _ []byte) bool {
			if len(k) == 33 {
				accounts = append(accounts, content.AccountID(k[1:]))
			}
			return true
		})
	})
	for _, account := range accounts {
		if err == nil {
			err = r.forgetBefore(ctx, account, limit)
		}
	}
	return err
}

// expireWaiting drops what strangers said, and comments that the owner has not looked
// at, after [KeptFor].
func (r *Reception) expireWaiting(ctx context.Context, now time.Time) error {
	limit := uint64(max(now.Add(-KeptFor).UnixMicro(), 0))
	var old [][]byte
	err := r.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: []byte{tagWaiting}, KeysOnly: true}, func(k, _ []byte) bool {
			if waitingSince(k) < limit {
				old = append(old, k)
			}
			return len(old) < offAtOnce
		})
	})
	if err != nil || len(old) == 0 {
		return err
	}
	return r.update(ctx, 64<<10, func(tx *store.Tx) error {
		for _, k := range old {
			v, err := tx.Get(k)
			if content.KindOf(err) == content.NotFound {
				continue
			}
			if err == nil {
				err = dropWaiting(tx, k, v)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

package reception

import (
	"context"
	"encoding/binary"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/p2p/mailbox"
)

// hear has Heard be told of an accepted notice: what tells it is kept until that is
// done.
func (c *hearing) hear() error {
	if c.r.Heard == nil || c.pair.actor == c.pair.target {
		return nil
	}
	seq, err := c.r.next(c.tx)
	if err != nil {
		return err
	}
	c.heard = seq
	return c.tx.Set(heardKey(seq), c.encoded)
}

func heardKey(seq uint64) []byte { return binary.BigEndian.AppendUint64([]byte{tagHeard}, seq) }

// tellNow tells Heard of a notice. If it fails, tidy tries again.
func (r *Reception) tellNow(ctx context.Context, n mailbox.Notice, seq uint64, at time.Time) {
	ctx = context.WithoutCancel(ctx)
	if err := r.Heard(ctx, n.Target(), n, at); err != nil {
		r.Log.Warn("a response is to be told of again", "account", n.Target(), "error", err)
		return
	}
	// Not waited for: to be told twice is harmless.
	j := &job{ctx, 64, func(tx *store.Tx) error { return tx.Delete(heardKey(seq)) }, make(chan error, 1)}
	select {
	case r.jobs <- j:
	default:
		r.owned.Go(func() {
			select {
			case r.jobs <- j:
			case <-r.ctx.Done():
			}
		})
	}
}

// retell tells Heard of what it was not told of, or could not note, before a seq.
func (r *Reception) retell(ctx context.Context, before uint64) error {
	if r.Heard == nil {
		return nil
	}
	type untold struct {
		seq uint64
		b   []byte
	}
	var list []untold
	err := r.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: []byte{tagHeard}}, func(k, v []byte) bool {
			if seq := numberOf(k[1:]); seq < before {
				list = append(list, untold{seq, v})
			}
			return len(list) < maxBatch
		})
	})
	if err != nil {
		return err
	}
	for _, u := range list {
		n, err := r.reopen(u.b)
		if content.KindOf(err) == content.Unavailable {
			continue
		}
		if err == nil {
			r.tellNow(ctx, n, u.seq, time.UnixMicro(int64(u.seq)))
			continue
		}
		r.Log.Warn("a response can't be told of", "error", err)
		if err := r.update(ctx, 64, func(tx *store.Tx) error { return tx.Delete(heardKey(u.seq)) }); err != nil {
			return err
		}
	}
	return nil
}

// reopen reads a notice that was verified before.
func (r *Reception) reopen(b []byte) (mailbox.Notice, error) {
	d, err := mailbox.Decode(b)
	if err != nil {
		return mailbox.Notice{}, content.E("reception.reopen", content.Corrupt, err)
	}
	return mailbox.Verify(d, r.Verify, r.Now())
}

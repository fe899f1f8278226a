package reception

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// job is one update of the room. Jobs run one after the other, several in one
// transaction: what one writes, the next reads.
type job struct {
	ctx  context.Context
	size int // bytes that it writes, about
	run  func(*store.Tx) error
	done chan error // of one place
}

// update runs f in a transaction, together with what others update at the same time,
// and returns when it is durable. An error of f must be one of the room's own: what
// the caller is to be told goes into a variable of its own. f may run twice.
func (r *Reception) update(ctx context.Context, size int, f func(*store.Tx) error) error {
	const op = "reception.update"
	j := &job{ctx, size, f, make(chan error, 1)}
	select {
	case <-r.ctx.Done():
		return content.Errorf(op, content.Unavailable, "the node is closing")
	case <-ctx.Done():
		return content.E(op, content.Unavailable, context.Cause(ctx))
	case r.jobs <- j:
	}
	select {
	case err := <-j.done:
		return err
	case <-r.ctx.Done():
		return content.Errorf(op, content.Unavailable, "the node is closing")
	}
}

// commit is the one goroutine that updates the room. A flush of the disk costs more
// than judging a notice, so that all who wait share one.
func (r *Reception) commit() {
	var left *job
	for {
		first := left
		left = nil
		if first == nil {
			select {
			case <-r.ctx.Done():
				return
			case first = <-r.jobs:
			}
		}
		batch := []*job{first}
		for size := first.size; len(batch) < maxBatch; {
			j := r.another()
			if j == nil {
				break
			}
			if size += j.size; size > maxBatchBytes {
				left = j
				break
			}
			batch = append(batch, j)
		}
		r.runAll(batch)
	}
}

func (r *Reception) another() *job {
	select {
	case j := <-r.jobs:
		return j
	default:
		return nil
	}
}

// runAll runs jobs in one transaction, or, if that fails, each in its own.
func (r *Reception) runAll(batch []*job) {
	ctx := context.WithoutCancel(r.ctx)
	err := r.room.Update(ctx, func(tx *store.Tx) error {
		for _, j := range batch {
			if err := j.run(tx); err != nil {
				return err
			}
		}
		return nil
	})
	for _, j := range batch {
		own := err
		if err != nil && len(batch) > 1 {
			own = r.room.Update(ctx, j.run)
		}
		j.done <- own
	}
}

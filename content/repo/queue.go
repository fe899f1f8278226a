package repo

import (
	"context"
	"sync/atomic"

	"rossgram.app/content"
)

// request is one call of Apply on its way through the queue. Either the writer
// takes it, and then answers, or the caller takes it back.
type request struct {
	ctx    context.Context
	ops    []Op
	taken  atomic.Bool
	answer chan answer // of one place: the writer never waits
}

type answer struct {
	change *Change
	err    error
}

// take claims the request; only the first claim succeeds.
func (q *request) take() bool { return q.taken.CompareAndSwap(false, true) }

// Apply commits ops, all or none, and returns once the journal has made the
// change durable. Ops that change nothing make no commit: the change has Head
// equal to Prev and was not published. The first commit, and the first one of a
// new epoch, are made in any case.
//
// Calls are served in turn. If ctx ends while the call is queued, nothing has
// happened; once the writer is at it, Apply reports how it went. Kinds: Exists,
// NotFound and Conflict for an op's expectation that does not hold, Invalid and
// TooLarge for ops that could never be applied, Unavailable after
// [Repo.Close], and those of journal and source.
func (r *Repo) Apply(ctx context.Context, ops []Op) (*Change, error) {
	q := &request{ctx: ctx, ops: ops, answer: make(chan answer, 1)}
	select {
	case <-r.quit:
		return nil, errClosed()
	case <-ctx.Done():
		return nil, errWaiting(ctx)
	case r.queue <- q:
	}
	var gone error
	select {
	case a := <-q.answer:
		return a.change, a.err
	case <-ctx.Done():
		gone = errWaiting(ctx)
	case <-r.stopped:
		gone = errClosed()
	}
	if q.take() {
		return nil, gone
	}
	a := <-q.answer
	return a.change, a.err
}

func errClosed() error {
	return content.Errorf("repo.Apply", content.Unavailable, "the repository is closed")
}

func errWaiting(ctx context.Context) error {
	return content.E("repo.Apply", content.Unavailable, context.Cause(ctx))
}

// write is the writer: it serves the queue until Close.
func (r *Repo) write() {
	defer close(r.stopped)
	for !r.closing() {
		select {
		case <-r.quit:
		case q := <-r.queue:
			if q.take() {
				change, err := r.apply(q.ctx, q.ops)
				q.answer <- answer{change, err}
			}
		}
	}
}

// closing reports whether Close was called: then nothing more is taken from the
// queue, which select alone would not promise.
func (r *Repo) closing() bool {
	select {
	case <-r.quit:
		return true
	default:
		return false
	}
}

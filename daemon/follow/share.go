package follow

import (
	"context"
	"slices"
	"sync"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"

	"rossgram.app/content"
	"rossgram.app/content/record"
	syncing "rossgram.app/p2p/sync"
)

// A share is some files that one holder is asked for: of about shareBytes, so that
// several holders have something to do, and a slow one does not keep the rest
// waiting. A holder has streamsEach at a time, so that the line is never idle for a
// round trip.
const (
	shareBytes  = 8 << 20
	sharers     = 4
	streamsEach = 2
)

// share is files to be asked for in one exchange, and who did not give all of them.
type share struct {
	files   []cid.Cid
	refused []peer.ID
}

// shares is what is left to be asked for, the next one first.
type shares struct {
	mu   sync.Mutex
	left []*share
}

// take returns the next share that a peer has not refused; nil if there is none.
func (s *shares) take(p peer.ID) *share {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, sh := range s.left {
		if !slices.Contains(sh.refused, p) {
			s.left = slices.Delete(s.left, i, i+1)
			return sh
		}
	}
	return nil
}

// giveBack has another peer try the rest of a share.
func (s *shares) giveBack(sh *share, rest []cid.Cid, p peer.ID) {
	if len(rest) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = slices.Insert(s.left, 0, &share{rest, append(sh.refused, p)})
}

// share has several holders send the files at once, each some. What none of them
// sends is left to be fetched by blocks.
func (al *album) share(ctx context.Context, holders []peer.AddrInfo, jobs []job) error {
	left, err := al.cut(ctx, jobs)
	if err != nil {
		return err
	}
	asking, ctx := errgroup.WithContext(ctx)
	for _, h := range holders[:min(len(holders), sharers)] {
		for range streamsEach {
			asking.Go(func() error { return al.askOf(ctx, h.ID, left) })
		}
	}
	return asking.Wait()
}

// cut makes shares of what is missing.
func (al *album) cut(ctx context.Context, jobs []job) (*shares, error) {
	var left shares
	size := int64(shareBytes)
	for _, j := range jobs {
		for _, f := range j.files {
			missing, err := al.missingBelow(ctx, []cid.Cid{f.CID.Cid})
			if err != nil {
				return nil, err
			}
			for _, c := range missing {
				if n := len(left.left); n == 0 || size >= shareBytes || len(left.left[n-1].files) >= syncing.MaxFiles {
					left.left, size = append(left.left, new(share)), 0
				}
				last := left.left[len(left.left)-1]
				last.files = append(last.files, c)
				size += sizeOf(f, c)
			}
		}
	}
	return &left, nil
}

// sizeOf is about how many bytes come of a file with one of its blocks.
func sizeOf(f record.File, c cid.Cid) int64 {
	if f.CID.Equals(c) {
		return f.Size
	}
	return content.MaxBlockSize
}

// askOf asks one holder for share after share, until there is none for it or it
// fails. Only the sink's failures are errors.
func (al *album) askOf(ctx context.Context, p peer.ID, left *shares) error {
	for {
		more, err := al.askOnce(ctx, p, left)
		if err != nil || !more {
			return err
		}
	}
}

func (al *album) askOnce(ctx context.Context, p peer.ID, left *shares) (more bool, err error) {
	leave, ok := al.lines.enter(ctx, p)
	if !ok {
		return false, context.Cause(ctx)
	}
	defer leave()
	sh := left.take(p)
	if sh == nil {
		return false, nil
	}
	_, err = al.Sync.Files(ctx, p, sh.files, al)
	rest, lookErr := al.missingBelow(context.WithoutCancel(ctx), sh.files)
	if lookErr != nil {
		return false, lookErr
	}
	left.giveBack(sh, rest, p)
	switch kind := content.KindOf(err); {
	case err == nil:
		return true, nil
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case peersFault(err), kind == content.NotFound:
		al.Log.Debug("a holder does not send files", "peer", p, "error", err)
		return false, nil
	}
	return false, err
}

// lines bounds the streams of files: two from one holder, whichever accounts they
// are for, so that it need not refuse any, and a few in all, because each takes some
// megabytes of memory.
type lines struct {
	all chan struct{}

	mu sync.Mutex
	of map[peer.ID]*line
}

type line struct {
	turns chan struct{}
	users int // who have a turn or wait for one
}

const streamsAll = 8

func newLines() *lines {
	return &lines{all: make(chan struct{}, streamsAll), of: make(map[peer.ID]*line)}
}

// enter waits for a turn with a peer; false if ctx ends before.
func (l *lines) enter(ctx context.Context, p peer.ID) (leave func(), ok bool) {
	ln := l.join(p)
	select {
	case ln.turns <- struct{}{}:
	case <-ctx.Done():
		l.part(p)
		return nil, false
	}
	select {
	case l.all <- struct{}{}:
	case <-ctx.Done():
		<-ln.turns
		l.part(p)
		return nil, false
	}
	return func() { <-l.all; <-ln.turns; l.part(p) }, true
}

func (l *lines) join(p peer.ID) *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	ln := l.of[p]
	if ln == nil {
		ln = &line{turns: make(chan struct{}, streamsEach)}
		l.of[p] = ln
	}
	ln.users++
	return ln
}

func (l *lines) part(p peer.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[p].users--; l.of[p].users == 0 {
		delete(l.of, p)
	}
}

package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"rossgram.app/cli/client"
)

// watchPause is between two looks for a daemon that is gone.
const watchPause = time.Second

// stream is a list that grows at its top, such as the feed.
type stream struct {
	// newest returns up to n entries, newest first.
	newest func(ctx context.Context, cl *client.Client, n int) ([]shown, error)
	events []string // types of those after which there may be new entries
}

// shown is an entry of a stream.
type shown struct {
	id    string
	print func() error
}

// watcher prints entries that it has not printed, oldest first. It remembers no
// more than what one page can bring again.
type watcher struct {
	stream
	s    *session
	cl   *client.Client
	seen []string // ids, the latest last
}

// watch prints the newest n entries and then what arrives. It ends with the
// context only: a daemon that is restarted is waited for.
func watch(ctx context.Context, s *session, cl *client.Client, n int, what stream) error {
	w := &watcher{stream: what, s: s, cl: cl}
	if err := w.begin(ctx, n); err != nil {
		return err
	}
	for {
		err := w.cl.Events(ctx, func(e client.Event) error {
			if e.Type == "" || e.Type == "lost" || slices.Contains(w.events, e.Type) {
				return w.more(ctx)
			}
			return nil
		})
		if ctx.Err() != nil {
			return nil
		}
		if _, ok := errors.AsType[*client.Unreachable](err); !ok {
			return err
		}
		if err := w.reconnect(ctx); err != nil {
			return err
		}
	}
}

// begin prints the newest n and takes the rest of the first page as seen.
func (w *watcher) begin(ctx context.Context, n int) error {
	list, err := w.newest(ctx, w.cl, max(n, pageLimit))
	if err != nil {
		return err
	}
	slices.Reverse(list)
	old := max(0, len(list)-n)
	for _, e := range list[:old] {
		w.remember(e.id)
	}
	return w.printAll(list[old:])
}

// more prints what is new on the first page.
func (w *watcher) more(ctx context.Context) error {
	list, err := w.newest(ctx, w.cl, pageLimit)
	if err != nil {
		return err
	}
	slices.Reverse(list)
	return w.printAll(slices.DeleteFunc(list, func(e shown) bool { return slices.Contains(w.seen, e.id) }))
}

func (w *watcher) printAll(list []shown) error {
	for _, e := range list {
		w.remember(e.id)
		if err := e.print(); err != nil {
			return err
		}
	}
	return nil
}

func (w *watcher) remember(id string) {
	w.seen = append(w.seen, id)
	if extra := len(w.seen) - 4*feedLimit; extra > 0 {
		w.seen = slices.Delete(w.seen, 0, extra)
	}
}

func (w *watcher) reconnect(ctx context.Context) error {
	w.s.tell("the daemon is gone: waiting for it")
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchPause):
		}
		cl, err := w.s.client()
		if err != nil {
			continue
		}
		if _, err := cl.Node(ctx); err == nil {
			w.cl = cl
			return nil
		}
		cl.Close()
	}
}

package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

const (
	pageLimit  = 40   // the most posts of one answer
	feedLimit  = 1000 // the most posts of one command
	watchPause = time.Second
)

func feedCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "feed",
		Usage: "the newest posts of those you follow and your own",
		Flags: []urfave.Flag{
			&urfave.IntFlag{Name: "n", Usage: "how many `POSTS`, at most 1000", Value: 20},
			&urfave.BoolFlag{Name: "watch", Aliases: []string{"w"}, Usage: "go on with the posts that arrive, until interrupted"},
			noPictures,
		},
		Action: withClient(checkFeed, feed),
	}
}

func checkFeed(s *session) error {
	if n := s.c.Int("n"); n < 0 || n > feedLimit {
		return usagef("-n is from 0 to %d", feedLimit)
	}
	return noArgs(s)
}

func feed(ctx context.Context, s *session, cl *client.Client) error {
	n := s.c.Int("n")
	if s.c.Bool("watch") {
		return watch(ctx, s, cl, n)
	}
	list, err := newest(ctx, cl, n)
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(viewsOf(list))
	}
	if len(list) == 0 {
		s.tell("Nothing here yet: rossgram post PHOTO, or rossgram follow an invite.")
	}
	pictures := s.album(ctx, cl)
	for i, v := range viewsOf(list) {
		if i > 0 {
			s.say("")
		}
		v.print(s, pictures)
	}
	return nil
}

// newest returns up to n posts, newest first.
func newest(ctx context.Context, cl *client.Client, n int) ([]client.Status, error) {
	list, before := []client.Status{}, ""
	for len(list) < n {
		page, err := cl.Home(ctx, before, min(pageLimit, n-len(list)))
		if err != nil || len(page) == 0 {
			return list, err
		}
		list = append(list, page...)
		before = page[len(page)-1].ID
	}
	return list, nil
}

// watcher prints posts that it has not printed, oldest first. It remembers no
// more than what one page can bring again.
type watcher struct {
	s        *session
	cl       *client.Client
	pictures *album
	seen     []string // ids, the latest last
}

// watch prints the newest n posts and then what arrives. It ends with the
// context only: a daemon that is restarted is waited for.
func watch(ctx context.Context, s *session, cl *client.Client, n int) error {
	w := &watcher{s: s, cl: cl, pictures: s.album(ctx, cl)}
	if err := w.begin(ctx, n); err != nil {
		return err
	}
	for {
		err := w.cl.Events(ctx, func(e client.Event) error {
			switch e.Type {
			case "", "post", "lost", "follow":
				return w.print(ctx)
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
	list, err := newest(ctx, w.cl, max(n, pageLimit))
	if err != nil {
		return err
	}
	slices.Reverse(list)
	old := max(0, len(list)-n)
	for _, status := range list[:old] {
		w.remember(status.ID)
	}
	return w.printAll(list[old:])
}

// print prints what is new on the first page.
func (w *watcher) print(ctx context.Context) error {
	list, err := w.cl.Home(ctx, "", pageLimit)
	if err != nil {
		return err
	}
	slices.Reverse(list)
	return w.printAll(slices.DeleteFunc(list, func(s client.Status) bool { return slices.Contains(w.seen, s.ID) }))
}

func (w *watcher) printAll(list []client.Status) error {
	for _, status := range list {
		w.remember(status.ID)
		if w.s.json {
			if err := w.s.emit(viewOf(status)); err != nil {
				return err
			}
			continue
		}
		viewOf(status).print(w.s, w.pictures)
		w.s.say("")
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
			w.cl, w.pictures.cl = cl, cl
			return nil
		}
		cl.Close()
	}
}

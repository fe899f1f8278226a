package cli

import (
	"context"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

const (
	pageLimit = 40   // the most entries of one answer
	feedLimit = 1000 // the most entries of one command
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
		return watchFeed(ctx, s, cl, n)
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

// watchFeed prints the newest n posts and then what arrives.
func watchFeed(ctx context.Context, s *session, cl *client.Client, n int) error {
	pictures := s.album(ctx, cl)
	return watch(ctx, s, cl, n, stream{
		newest: func(ctx context.Context, cl *client.Client, n int) ([]shown, error) {
			pictures.cl = cl
			list, err := newest(ctx, cl, n)
			entries := make([]shown, len(list))
			for i, status := range list {
				entries[i] = shown{status.ID, func() error { return s.sayPost(status, pictures) }}
			}
			return entries, err
		},
		events: []string{"post", "follow", "response"},
	})
}

// sayPost prints a post, as a line of JSON or for people.
func (s *session) sayPost(status client.Status, pictures *album) error {
	v := viewOf(status)
	if s.json {
		return s.emit(v)
	}
	v.print(s, pictures)
	s.say("")
	return nil
}

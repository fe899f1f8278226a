package cli

import (
	"context"
	"time"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

func notificationsCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "notifications",
		Usage: "who likes, comments, reblogs, mentions and follows you",
		Flags: []urfave.Flag{
			&urfave.IntFlag{Name: "n", Usage: "how many `NOTIFICATIONS`, at most 1000", Value: 20},
			&urfave.BoolFlag{Name: "watch", Aliases: []string{"w"}, Usage: "go on with those that arrive, until interrupted"},
		},
		Action: withClient(checkFeed, notifications),
	}
}

// notificationView is a notification as --json prints it.
type notificationView struct {
	ID        string      `json:"id"`
	Type      string      `json:"type"`
	URI       string      `json:"uri"`
	Account   accountView `json:"account"`
	CreatedAt time.Time   `json:"created_at"`
	Post      *postView   `json:"post"`
}

func viewOfNotification(n client.Notification) notificationView {
	v := notificationView{ID: n.ID, Type: n.Rossgram.Type, URI: n.Rossgram.URI, Account: viewOfAccount(n.Account), CreatedAt: n.CreatedAt}
	if n.Status != nil {
		p := viewOf(*n.Status)
		v.Post = &p
	}
	return v
}

func notifications(ctx context.Context, s *session, cl *client.Client) error {
	n := s.c.Int("n")
	if s.c.Bool("watch") {
		return watch(ctx, s, cl, n, stream{
			newest: func(ctx context.Context, cl *client.Client, n int) ([]shown, error) {
				list, err := latest(ctx, cl, n)
				items := make([]shown, len(list))
				for i, note := range list {
					items[i] = shown{note.ID, func() error { return s.sayNotification(note) }}
				}
				return items, err
			},
			events: []string{"response", "post", "follow"},
		})
	}
	list, err := latest(ctx, cl, n)
	if err != nil {
		return err
	}
	if s.json {
		views := make([]notificationView, len(list))
		for i, n := range list {
			views[i] = viewOfNotification(n)
		}
		return s.emit(views)
	}
	if len(list) == 0 {
		s.tell("Nothing yet.")
	}
	for _, n := range list {
		if err := s.sayNotification(n); err != nil {
			return err
		}
	}
	return nil
}

// latest returns up to n notifications, newest first.
func latest(ctx context.Context, cl *client.Client, n int) ([]client.Notification, error) {
	list, before := []client.Notification{}, ""
	for len(list) < n {
		page, err := cl.Notifications(ctx, before, min(pageLimit, n-len(list)))
		if err != nil || len(page) == 0 {
			return list, err
		}
		list = append(list, page...)
		before = page[len(page)-1].ID
	}
	return list, nil
}

// happened says in words what a notification is of.
var happened = map[string]string{
	"follow": "follows you", "like": "likes", "reblog": "reblogged", "comment": "commented", "mention": "mentions you in", "tag": "names you in",
}

// sayNotification prints one, as a line of JSON or as a line for people.
func (s *session) sayNotification(n client.Notification) error {
	v := viewOfNotification(n)
	if s.json {
		return s.emit(v)
	}
	words, known := happened[v.Type]
	if !known {
		words = oneLine(v.Type)
	}
	if v.Post != nil {
		words += " " + oneLine(v.Post.URI)
		if v.Post.Caption != "" {
			words += ": " + clip(oneLine(v.Post.Caption))
		}
	}
	s.say("%s  %s (%s) %s", moment(v.CreatedAt), oneLine(v.Account.Name), oneLine(v.Account.Acct), words)
	return nil
}

// maxExcerpt is how many characters of a text a line has.
const maxExcerpt = 80

func clip(text string) string {
	if r := []rune(text); len(r) > maxExcerpt {
		return string(r[:maxExcerpt]) + "…"
	}
	return text
}

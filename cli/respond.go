package cli

import (
	"context"
	"crypto/rand"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

func likeCommand() *urfave.Command {
	return respondCommand("like", "like a post or a comment", client.Like, "liked")
}

func unlikeCommand() *urfave.Command {
	return respondCommand("unlike", "take a like back", client.Unlike, "no longer liked")
}

func reblogCommand() *urfave.Command {
	return respondCommand("reblog", "show a post or a comment to those who follow you", client.Reblog, "reblogged")
}

func unreblogCommand() *urfave.Command {
	return respondCommand("unreblog", "take a reblog back", client.Unreblog, "no longer reblogged")
}

// respondCommand is a command that does one thing to one post or comment; doing it
// again is no failure.
func respondCommand(name, usage string, r client.Response, done string) *urfave.Command {
	return &urfave.Command{
		Name:      name,
		Usage:     usage,
		ArgsUsage: "POST",
		Action: withClient(oneArg("post"), func(ctx context.Context, s *session, cl *client.Client) error {
			status, err := cl.Status(ctx, s.arg())
			if err == nil {
				status, err = cl.Respond(ctx, status.ID, r)
			}
			if err != nil {
				return err
			}
			v := viewOf(status)
			v.RebloggedBy = nil // it is the caller
			if s.json {
				return s.emit(v)
			}
			s.say("%s %s", done, v.URI)
			return nil
		}),
	}
}

func commentCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "comment",
		Usage:     "answer a post or a comment; prints the comment's URI and CID",
		ArgsUsage: "POST",
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "m", Aliases: []string{"text"}, Usage: "the `TEXT`; its #tags and @names count as such"},
			&urfave.StringFlag{Name: "key", Usage: "any `WORD`: with the same one there is one comment within 24 hours"},
		},
		Action: withClient(oneArg("post").with("m"), comment),
	}
}

func comment(ctx context.Context, s *session, cl *client.Client) error {
	to, err := cl.Status(ctx, s.arg())
	if err != nil {
		return err
	}
	draft := client.Draft{Caption: s.c.String("m"), InReplyTo: to.ID, Key: s.c.String("key")}
	if draft.Key == "" {
		draft.Key = rand.Text()
	}
	status, err := publish(ctx, s, cl, draft)
	if err != nil {
		return err
	}
	return s.posted(status, nil)
}

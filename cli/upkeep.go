package cli

import (
	"context"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

func reindexCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "reindex",
		Usage: "make timelines and counts anew from the repositories",
		Action: withClient(noArgs, func(ctx context.Context, s *session, cl *client.Client) error {
			r, err := cl.Reindex(ctx)
			if err != nil {
				return err
			}
			if s.json {
				return s.emit(r)
			}
			s.say("%d accounts, %d records, %d posts", r.Accounts, r.Records, r.Posts)
			return nil
		}),
	}
}

func gcCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "gc",
		Usage: "free the room of what nothing refers to",
		Action: withClient(noArgs, func(ctx context.Context, s *session, cl *client.Client) error {
			g, err := cl.Collect(ctx)
			if err != nil {
				return err
			}
			if s.json {
				return s.emit(g)
			}
			s.say("%d blocks dropped (%s), %s freed on the disk", g.BlocksDropped, size(g.BytesDropped), size(g.LogBytesFreed))
			return nil
		}),
	}
}

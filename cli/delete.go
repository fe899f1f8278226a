package cli

import (
	"context"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

func deleteCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "delete",
		Usage:     "remove posts and comments of yours, here and on the nodes that hold them",
		ArgsUsage: "POST…",
		Action:    withClient(someArgs("posts"), deletePosts),
	}
}

func deletePosts(ctx context.Context, s *session, cl *client.Client) error {
	gone := []string{}
	for _, what := range s.c.Args().Slice() {
		status, err := cl.Status(ctx, what)
		if err == nil {
			err = cl.Delete(ctx, status.ID)
		}
		if err != nil {
			return err
		}
		gone = append(gone, status.Rossgram.URI)
		if !s.json {
			s.say("deleted %s", status.Rossgram.URI)
		}
	}
	if s.json {
		return s.emit(map[string]any{"deleted": gone})
	}
	return nil
}

package cli

import (
	"context"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

func photoCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "photo",
		Usage:       "fetch a photo's file by its CID",
		ArgsUsage:   "CID",
		Description: "The file is what was published, checked against the CID.",
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "o", Aliases: []string{"output"}, Usage: "the `FILE` to write; - is standard output"},
		},
		Action: withClient(oneArg("CID").with("o"), photo),
	}
}

func photo(ctx context.Context, s *session, cl *client.Client) error {
	id, path := s.arg(), s.c.String("o")
	if path == "-" {
		if isTerminal(s.raw) {
			return usagef("a photo is no text for a terminal: name a file with -o")
		}
		_, err := s.copyPhoto(ctx, cl, id, s.raw)
		return err
	}
	n, err := s.save(ctx, cl, id, path)
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(saved{path, id, n})
	}
	s.tell("%s: %s", path, size(n))
	return nil
}

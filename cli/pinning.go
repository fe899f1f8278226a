package cli

import (
	"context"
	"io"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

// maxPinToken is the longest token of a pinning service in bytes.
const maxPinToken = 4096

func pinningCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "pinning",
		Usage: "pinning services that hold your posts (IPFS Pinning Service API)",
		Subcommands: []*urfave.Command{
			{
				Name: "add", Usage: "have all your posts pinned at a service", ArgsUsage: "NAME ENDPOINT",
				Description: "The token that the service gave you is read from stdin, and kept by the daemon in\n" +
					"a file that only you can read. ENDPOINT is what the service names for the API.",
				Action: withClient(twoArgs, addPinning),
			},
			{Name: "list", Usage: "the services, and how far they are", Action: withClient(noArgs, listPinning)},
			{
				Name: "remove", Usage: "forget a service; what is pinned there stays there", ArgsUsage: "NAME",
				Action: withClient(oneArg("service"), removePinning),
			},
		},
		Action: withClient(noArgs, listPinning),
	}
}

func addPinning(ctx context.Context, s *session, cl *client.Client) error {
	token, err := io.ReadAll(io.LimitReader(s.in, maxPinToken+1))
	if err != nil {
		return err
	}
	p, err := cl.AddPinning(ctx, s.c.Args().Get(0), s.c.Args().Get(1), strings.TrimSpace(string(token)))
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(p)
	}
	s.sayPinning(p)
	return nil
}

func (s *session) sayPinning(p client.PinningService) {
	s.say("%s  %s  %d pinned, %d pending, %d failed", p.Name, p.Endpoint, p.Pinned, p.Pending, p.Failed)
	if p.Error != "" {
		s.say("  %s", oneLine(p.Error))
	}
}

func listPinning(ctx context.Context, s *session, cl *client.Client) error {
	list, err := cl.PinningServices(ctx)
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(list)
	}
	for _, p := range list {
		s.sayPinning(p)
	}
	return nil
}

func removePinning(ctx context.Context, s *session, cl *client.Client) error {
	if err := cl.RemovePinning(ctx, s.arg()); err != nil {
		return err
	}
	if s.json {
		return s.emit(map[string]string{"removed": s.arg()})
	}
	s.say("removed: %s", s.arg())
	return nil
}

package cli

import (
	"context"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

func connectCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "connect",
		Usage:     "connect to a node",
		ArgsUsage: "ADDRESS",
		Description: "ADDRESS is an invite, or an address as rossgram status prints it:\n" +
			"/ip4/192.0.2.7/tcp/7671/p2p/12D3…",
		Action: withClient(oneArg("address"), func(ctx context.Context, s *session, cl *client.Client) error {
			p, err := cl.Connect(ctx, s.arg())
			if err != nil {
				return err
			}
			if s.json {
				return s.emit(p)
			}
			s.say("connected to %s", p.ID)
			return nil
		}),
	}
}

func peersCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "peers",
		Usage: "the nodes this one is connected to",
		Action: withClient(noArgs, func(ctx context.Context, s *session, cl *client.Client) error {
			list, err := cl.Peers(ctx)
			if err != nil {
				return err
			}
			if s.json {
				return s.emit(list)
			}
			for _, p := range list {
				s.say("%s  %s  %.1f ms  %s  %s", p.ID, oneLine(p.Direction), p.LatencyMS, oneLine(p.Agent), oneLine(strings.Join(p.Addresses, " ")))
			}
			return nil
		}),
	}
}

package cli

import (
	"context"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

func meteredCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "metered",
		Usage:     "spare traffic, until it is turned off or the daemon ends",
		ArgsUsage: "on|off",
		Description: "While it is on, only posts and their smallest pictures are fetched unasked,\n" +
			"and next to nothing is given to others. network.metered in the configuration\n" +
			"says how the daemon begins.",
		Action: withClient(onOrOff, func(ctx context.Context, s *session, cl *client.Client) error {
			b, err := cl.SetMetered(ctx, s.arg() == "on")
			if err != nil {
				return err
			}
			if s.json {
				return s.emit(b)
			}
			s.say("metered %s", s.arg())
			return nil
		}),
	}
}

// onOrOff asks for exactly one of the two.
func onOrOff(s *session) error {
	if s.c.NArg() != 1 || s.arg() != "on" && s.arg() != "off" {
		return usagef("write %s", s.synopsis())
	}
	return nil
}

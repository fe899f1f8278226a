package cli

import (
	"context"
	"os"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/demo"
)

func demoCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "demo",
		Usage: "show three nodes that follow each other, in a temporary folder",
		Flags: []urfave.Flag{&urfave.BoolFlag{Name: "once", Usage: "end by itself"}},
		Action: run(noArgs, func(ctx context.Context, s *session) error {
			program, err := os.Executable()
			if err != nil {
				return err
			}
			play := demo.Play{Program: program, Out: s.out, Once: s.c.Bool("once")}
			return play.Run(ctx)
		}),
	}
}

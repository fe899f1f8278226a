package cli

import (
	"context"
	_ "embed"
	"fmt"

	urfave "github.com/urfave/cli/v2"
)

//go:embed completion.bash
var bashCompletion string

//go:embed completion.zsh
var zshCompletion string

func completionCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "completion",
		Usage:     "print a script that completes commands and flags",
		ArgsUsage: "bash|zsh|fish",
		Description: "bash:  source <(rossgram completion bash)\n" +
			"zsh:   rossgram completion zsh > \"${fpath[1]}/_rossgram\"\n" +
			"fish:  rossgram completion fish > ~/.config/fish/completions/rossgram.fish",
		Action: run(oneArg("shell"), completion),
	}
}

func completion(_ context.Context, s *session) error {
	var script string
	var err error
	switch shell := s.arg(); shell {
	case "bash":
		script = bashCompletion
	case "zsh":
		script = zshCompletion
	case "fish":
		script, err = s.c.App.ToFishCompletion()
	default:
		return usagef("there are scripts for bash, zsh and fish, not for %q", shell)
	}
	fmt.Fprint(s.out, script)
	return err
}

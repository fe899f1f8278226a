package cli

import (
	"context"
	"os"
	"os/exec"
	"runtime"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

func openCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "open",
		Usage: "print a link that signs a browser in once; on a desktop, open it",
		Flags: []urfave.Flag{&urfave.BoolFlag{Name: "print", Usage: "only print it"}},
		Action: withClient(noArgs, func(ctx context.Context, s *session, cl *client.Client) error {
			link, err := cl.Link(ctx)
			if err != nil {
				return err
			}
			if s.json {
				return s.emit(link)
			}
			s.say("%s", link.URL)
			if name := opener(os.Getenv); name != "" && isTerminal(s.raw) && !s.c.Bool("print") {
				return startBrowser(ctx, name, link.URL)
			}
			return nil
		}),
	}
}

// opener names the program that opens links on this desktop, or nothing if this
// is none.
func opener(getenv func(string) string) string {
	switch {
	case runtime.GOOS == "darwin":
		return "open"
	case getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != "":
		return "xdg-open"
	}
	return ""
}

// startBrowser returns when the opener did, which is before the browser ends. A
// desktop without an opener is none: the link is printed.
func startBrowser(ctx context.Context, name, url string) error {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil
	}
	return exec.CommandContext(ctx, path, url).Run()
}

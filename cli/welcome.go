package cli

import (
	"context"
	"os"
)

// welcome says where the page is and what to try next.
func (s *session) welcome(ctx context.Context, home string) error {
	cl, err := homeClient(home)
	if err != nil {
		return err
	}
	defer cl.Close()
	node, err := cl.Node(ctx)
	if err != nil {
		return err
	}
	link, err := cl.Link(ctx)
	if err != nil {
		return err
	}
	command := s.commandLine()
	s.say(`
You are %s.

  your page     %s
                (signs a browser in once, until %s; another: %s open)
  a photo       %s post PHOTO -m "A caption"
  a friend      %s invite prints a line for them, %s follow takes theirs
  how it goes   %s status
  the end       Ctrl-C`,
		oneLine(node.Account.Acct), link.URL, link.ExpiresAt.Local().Format("15:04"),
		command, command, command, command, command)
	for _, w := range node.Warnings {
		s.say("\n%s", oneLine(w.Message))
	}
	s.say("")
	return nil
}

// commandLine is how the user calls this program, for this home.
func (s *session) commandLine() string {
	line := os.Args[0]
	if s.c.IsSet("home") && os.Getenv("ROSSGRAM_HOME") == "" {
		line += " --home " + s.c.String("home")
	}
	return line
}

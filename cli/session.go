package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
	"rossgram.app/content"
	"rossgram.app/daemon"
)

// session is one run of one command.
type session struct {
	c    *urfave.Context
	json bool
	in   io.Reader
	raw  io.Writer // stdout as it is: for JSON, files and pictures
	out  io.Writer // stdout for text
	err  io.Writer // stderr for text
}

// run makes a command's action of a check of its words and a function.
func run(check words, f func(context.Context, *session) error) urfave.ActionFunc {
	return func(c *urfave.Context) error {
		s := newSession(c)
		if err := check(s); err != nil {
			return err
		}
		return f(c.Context, s)
	}
}

// withClient is [run] for a command that needs a daemon.
func withClient(check words, f func(context.Context, *session, *client.Client) error) urfave.ActionFunc {
	return run(check, func(ctx context.Context, s *session) error {
		cl, err := s.connect(ctx)
		if err != nil {
			return err
		}
		defer cl.Close()
		return f(ctx, s, cl)
	})
}

func newSession(c *urfave.Context) *session {
	return &session{
		c: c, json: c.Bool("json"), in: c.App.Reader, raw: c.App.Writer,
		out: plainWriter{c.App.Writer}, err: plainWriter{c.App.ErrWriter},
	}
}

// home returns the folder of --home or its default.
func (s *session) home() (string, error) { return daemon.HomeDir(s.c.String("home")) }

// connect returns a client of the daemon that the flags mean: that of --api with
// --token, else the one that runs in the home. The home's token is not sent
// anywhere but to the home's own daemon.
func (s *session) connect(ctx context.Context) (*client.Client, error) {
	cl, err := s.client()
	if err != nil {
		return nil, err
	}
	if who := s.c.String("account"); who != "" {
		if err := insist(ctx, cl, who); err != nil {
			return nil, err
		}
	}
	return cl, nil
}

func (s *session) client() (*client.Client, error) {
	if api := s.c.String("api"); api != "" {
		if s.c.String("token") == "" {
			return nil, usagef("--api needs --token: make one with rossgram token create on the daemon's machine")
		}
		return client.New(api, s.c.String("token"))
	}
	home, err := s.home()
	if err != nil {
		return nil, err
	}
	return homeClient(home)
}

// homeClient returns a client of the daemon that runs in a home.
func homeClient(home string) (*client.Client, error) {
	running, err := daemon.ReadRunning(home)
	if err != nil {
		if content.KindOf(err) == content.NotFound {
			return nil, &noDaemon{home: home}
		}
		return nil, err
	}
	token, err := os.ReadFile(filepath.Join(home, "token"))
	if err != nil {
		return nil, err
	}
	return client.New(running.API, strings.TrimSpace(string(token)))
}

// noDaemon is a home in which no daemon runs.
type noDaemon struct{ home string }

func (n *noDaemon) Error() string {
	return fmt.Sprintf("no daemon runs in %s: start one with rossgram daemon", n.home)
}

// insist refuses to go on in another account's name.
func insist(ctx context.Context, cl *client.Client, who string) error {
	node, err := cl.Node(ctx)
	if err != nil {
		return err
	}
	a := node.Account
	if who == a.Name || who == a.Acct || who == a.DID {
		return nil
	}
	return content.Errorf("cli.insist", content.NotFound, fmt.Sprintf("the daemon has no account %q: its account is %s", who, a.Acct))
}

// arg returns the first argument.
func (s *session) arg() string { return s.c.Args().First() }

// emit writes one JSON value on a line of its own.
func (s *session) emit(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = s.raw.Write(append(escapeControls(b), '\n'))
	return err
}

// say writes to stdout, tell to stderr.
func (s *session) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

func (s *session) tell(format string, args ...any) { fmt.Fprintf(s.err, format+"\n", args...) }

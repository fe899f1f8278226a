// Package cli is the command line of rossgram. A command talks to a running
// daemon over its HTTP API and to nothing else; init, daemon, config, demo and
// verify (where no daemon runs) are the exceptions.
//
// It guarantees what scripts rely on (see cli/README.md): the exit codes, one JSON
// value on stdout with --json, prompts, pictures and progress bars only on a
// terminal, and that text which others wrote cannot command the terminal.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	urfave "github.com/urfave/cli/v2"
)

// Main runs the command that args, without the program's name, name, and returns
// the exit code. An interrupt or SIGTERM ends the command's context.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	app := newApp(stdin, stdout, stderr)
	err := app.RunContext(ctx, append([]string{app.Name}, arrange(app, args)...))
	if err != nil {
		fmt.Fprintf(plainWriter{stderr}, "rossgram: %s\n", oneLine(message(err)))
	}
	return int(codeOf(err))
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *urfave.App {
	return &urfave.App{
		Name:                      "rossgram",
		Usage:                     "a photo network that nobody can switch off",
		Version:                   buildVersion(),
		HideVersion:               true, // the command version says it
		Reader:                    stdin,
		Writer:                    stdout,
		ErrWriter:                 stderr,
		EnableBashCompletion:      true,
		DisableSliceFlagSeparator: true, // a comma is part of an alt text
		Flags:                     globalFlags(),
		Action:                    noCommand,
		OnUsageError:              wrongUsage,
		ExitErrHandler:            func(*urfave.Context, error) {}, // Main reports
		Commands:                  commands(),
	}
}

func commands() []*urfave.Command {
	all := []*urfave.Command{
		initCommand(), daemonCommand(), demoCommand(), openCommand(),
		postCommand(), showCommand(), deleteCommand(), feedCommand(), profileCommand(), photoCommand(),
		likeCommand(), unlikeCommand(), commentCommand(), reblogCommand(), unreblogCommand(), notificationsCommand(),
		followCommand(), unfollowCommand(), followingCommand(), inviteCommand(), connectCommand(), peersCommand(),
		mirrorCommand(), holdersCommand(), pinningCommand(),
		moveCommand(), rescueCommand(), forksCommand(),
		statusCommand(), doctorCommand(), meteredCommand(), tokenCommand(), configCommand(), verifyCommand(), reindexCommand(), gcCommand(),
		completionCommand(), versionCommand(),
	}
	for _, c := range all {
		prepare(c)
	}
	return all
}

// prepare gives a command and those below it what all share.
func prepare(c *urfave.Command) {
	c.OnUsageError = wrongUsage
	for _, sub := range c.Subcommands {
		prepare(sub)
	}
}

func globalFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "home", Usage: "the `DIR` that holds everything", EnvVars: []string{"ROSSGRAM_HOME"}},
		&urfave.StringFlag{Name: "api", Usage: "`URL` of a daemon that is not of this home; needs --token", EnvVars: []string{"ROSSGRAM_API"}},
		&urfave.StringFlag{Name: "token", Usage: "`TOKEN` for --api", EnvVars: []string{"ROSSGRAM_TOKEN"}},
		&urfave.StringFlag{Name: "account", Usage: "insist on the account with this `NAME`, name@fingerprint or DID"},
		&urfave.BoolFlag{Name: "json", Usage: "print one JSON value, or one a line for streams"},
	}
}

func noCommand(c *urfave.Context) error {
	if c.NArg() == 0 {
		return urfave.ShowAppHelp(c)
	}
	return usagef("there is no command %q: see rossgram help", c.Args().First())
}

func wrongUsage(c *urfave.Context, err error, _ bool) error {
	name := "rossgram"
	if c.Command != nil && c.Command.HelpName != "" {
		name = c.Command.HelpName
	}
	return &usageError{fmt.Errorf("%w: see %s --help", err, name)}
}

// usageError is a command that cannot be meant as it stands.
type usageError struct{ err error }

func (u *usageError) Error() string { return u.err.Error() }
func (u *usageError) Unwrap() error { return u.err }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

func isUsage(err error) bool {
	_, ok := errors.AsType[*usageError](err)
	return ok
}

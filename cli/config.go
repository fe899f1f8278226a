package cli

import (
	"context"
	"fmt"

	"github.com/pelletier/go-toml/v2"
	urfave "github.com/urfave/cli/v2"

	"rossgram.app/daemon"
)

func configCommand() *urfave.Command {
	return &urfave.Command{
		Name:   "config",
		Usage:  "what you can choose, kept in config.toml; needs no daemon",
		Action: needsSubcommand,
		Subcommands: []*urfave.Command{{
			Name:   "show",
			Usage:  "print all that can be chosen and what holds",
			Action: run(noArgs, showConfig),
		}, {
			Name:        "set",
			Usage:       "choose, from the daemon's next start on",
			ArgsUsage:   "KEY VALUE",
			Description: "KEY is written room.name as config show prints it: network.mdns false",
			Action:      run(twoArgs, setConfig),
		}, {
			Name:  "swarm-key",
			Usage: "make the key of a private network, and join it",
			Description: "Copy the file that is made to the home of every other node, and there\n" +
				"    rossgram config set network.swarm_key swarm.key\n" +
				"Nodes with the key talk to each other and to nobody else.",
			Action: run(noArgs, makeSwarmKey),
		}},
	}
}

func (s *session) config() (daemon.Config, error) {
	home, err := s.home()
	if err != nil {
		return daemon.Config{}, err
	}
	return daemon.LoadConfig(home)
}

func showConfig(_ context.Context, s *session) error {
	c, err := s.config()
	if err != nil {
		return err
	}
	return s.printConfig(c)
}

func (s *session) printConfig(c daemon.Config) error {
	text, err := c.TOML()
	if err != nil {
		return err
	}
	if s.json {
		var v map[string]any
		if err := toml.Unmarshal([]byte(text), &v); err != nil {
			return err
		}
		return s.emit(v)
	}
	fmt.Fprint(s.out, text)
	return nil
}

func makeSwarmKey(_ context.Context, s *session) error {
	c, err := s.config()
	if err != nil {
		return err
	}
	path, err := c.JoinPrivateNetwork()
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(map[string]string{"path": path})
	}
	s.say("%s", path)
	s.tell("Copy it to the homes of the other nodes; it holds from the daemon's next start on.")
	return nil
}

func setConfig(_ context.Context, s *session) error {
	c, err := s.config()
	if err != nil {
		return err
	}
	if err := c.Set(s.c.Args().Get(0), s.c.Args().Get(1)); err != nil {
		return &usageError{err}
	}
	if err := c.Save(); err != nil {
		return err
	}
	if s.json {
		return s.printConfig(c)
	}
	s.tell("It holds from the daemon's next start on.")
	return nil
}

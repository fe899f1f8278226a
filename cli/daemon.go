package cli

import (
	"context"
	"fmt"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/content"
	"rossgram.app/daemon"
)

func daemonCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "daemon",
		Usage: "run the node until interrupted",
		Description: "Once the API answers, stdout has the line\n" +
			"    ready api=http://… peer=12D3…\n" +
			"Flags win over config.toml and are not kept. SIGTERM and Ctrl-C stop it\n" +
			"within 5 seconds. Under systemd (Type=notify) it tells when it is ready.",
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "api-listen", Usage: "`ADDRESS` of the HTTP API; port 0 is any free one"},
			&urfave.StringSliceFlag{Name: "listen", Usage: "`MULTIADDR` where other nodes reach this one"},
			&urfave.StringSliceFlag{Name: "bootstrap", Usage: "`MULTIADDR` of a peer to connect to at start, or none for nobody, and no DHT either"},
			&urfave.BoolFlag{Name: "no-mdns", Usage: "do not look for nodes on the local network"},
			&urfave.BoolFlag{Name: "no-dht", Usage: "neither look for nodes in the DHT of IPFS nor be found there"},
			&urfave.BoolFlag{Name: "init", Usage: "make an account if the home has none"},
			&urfave.BoolFlag{Name: "welcome", Usage: "as --init, and say where the page is and what to try"},
			nameFlag,
		},
		Action: run(noArgs, runDaemon),
	}
}

func runDaemon(ctx context.Context, s *session) error {
	home, err := s.home()
	if err != nil {
		return err
	}
	if err := s.ensureAccount(ctx, home); err != nil {
		return err
	}
	cfg, err := daemon.LoadConfig(home)
	if err != nil {
		return err
	}
	limitMemory()
	cfg.Version = buildVersion()
	s.override(&cfg)
	node, err := daemon.Open(ctx, cfg)
	if err != nil {
		return err
	}
	resting := restWhile(ctx)
	err = s.serve(ctx, home, node)
	resting()
	notify("STOPPING=1")
	if closeErr := node.Close(); err == nil {
		err = closeErr
	}
	return err
}

// serve says that the node is ready and waits for the end.
func (s *session) serve(ctx context.Context, home string, node *daemon.Node) error {
	api, peer := node.Ready()
	if s.json {
		if err := s.emit(map[string]string{"event": "ready", "api": api, "peer": peer}); err != nil {
			return err
		}
	} else {
		s.say("ready api=%s peer=%s", api, peer)
	}
	notify("READY=1")
	if s.c.Bool("welcome") {
		if err := s.welcome(ctx, home); err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		return nil
	case <-node.Done():
		return node.Wait()
	}
}

// ensureAccount makes an account where the home has none and a flag or a person
// says so.
func (s *session) ensureAccount(ctx context.Context, home string) error {
	has, err := daemon.HasAccount(home)
	if has || err != nil {
		return err
	}
	if !s.c.Bool("init") && !s.c.Bool("welcome") {
		if !s.asks() {
			return content.Errorf("cli.daemon", content.NotFound, fmt.Sprintf("there is no account in %s: make one with rossgram init, or use --init", home))
		}
		answer, err := s.ask(ctx, fmt.Sprintf("There is no account in %s. Make one? [Y/n] ", home), "y")
		if err != nil {
			return err
		}
		if !strings.HasPrefix(strings.ToLower(answer), "y") {
			return content.Errorf("cli.daemon", content.NotFound, "without an account there is nothing to run")
		}
	}
	made, err := s.makeAccount(ctx, home)
	if err != nil {
		return err
	}
	if s.json {
		return nil // stdout is for the ready line
	}
	return s.introduce(made)
}

// override puts the flags over the configuration.
func (s *session) override(cfg *daemon.Config) {
	if v := s.c.String("api-listen"); v != "" {
		cfg.API.Listen = v
	}
	if v := s.c.StringSlice("listen"); len(v) > 0 {
		cfg.Network.Listen = v
	}
	if v := s.c.StringSlice("bootstrap"); len(v) == 1 && v[0] == "none" {
		cfg.Network.Bootstrap, cfg.Network.DHT = nil, false
	} else if len(v) > 0 {
		cfg.Network.Bootstrap = v
	}
	if s.c.Bool("no-dht") {
		cfg.Network.DHT = false
	}
	if s.c.Bool("no-mdns") {
		cfg.Network.MDNS = false
	}
}

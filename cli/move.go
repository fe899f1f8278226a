package cli

import (
	"context"
	"fmt"
	"os"
	"time"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/daemon"
)

func moveCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "move",
		Usage: "make this machine the one that posts for your account",
		Description: "With the recovery phrase in a file, on a new machine, on one that posted\n" +
			"before, or on one of two copies of a home; stop the daemon of this home\n" +
			"first. The newest state is fetched from the old machine or from anybody\n" +
			"who follows you; the old machine stops posting when it hears of the move,\n" +
			"and keeps what it posted meanwhile: see rossgram rescue. If the move is\n" +
			"interrupted, run it again.\n\n" +
			"With --away, this machine stops posting instead, in favour of a copy of\n" +
			"its home on another one. That needs a daemon, and no phrase.",
		Flags: append([]urfave.Flag{
			&urfave.StringFlag{Name: "phrase-file", Usage: "the `FILE` that holds the recovery phrase"},
			&urfave.StringSliceFlag{Name: "from", Usage: "`WHERE` the account is: an invite, or the address of a node that holds it"},
			&urfave.DurationFlag{Name: "wait", Usage: "how long to look for somebody who holds the account", Value: time.Minute},
			&urfave.BoolFlag{Name: "away", Usage: "stop posting on this machine"},
		}, networkFlags()...),
		Action: run(noArgs, func(ctx context.Context, s *session) error {
			if s.c.Bool("away") {
				return s.moveAway(ctx)
			}
			return s.moveHere(ctx)
		}),
	}
}

// networkFlags are for commands that are a node for a while.
func networkFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "listen", Usage: "`MULTIADDR` where other nodes reach this one"},
		&urfave.StringSliceFlag{Name: "bootstrap", Usage: "`MULTIADDR` of a peer to connect to at start, or none"},
		&urfave.BoolFlag{Name: "no-mdns", Usage: "do not look for nodes on the local network"},
	}
}

// movedAccount is what move prints with --json.
type movedAccount struct {
	Home    string            `json:"home"`
	Account content.AccountID `json:"account"`
	Epoch   content.Epoch     `json:"epoch"`
	Holders int               `json:"holders"`
	Missing int               `json:"missing"`
}

func (s *session) moveHere(ctx context.Context) error {
	path := s.c.String("phrase-file")
	if path == "" {
		return usagef("move needs --phrase-file, or --away: see rossgram move --help")
	}
	home, err := s.home()
	if err != nil {
		return err
	}
	phrase, err := readPhrase(path)
	if err != nil {
		return err
	}
	cfg, err := daemon.LoadConfig(home)
	if err != nil {
		return err
	}
	cfg.Version = buildVersion()
	s.override(&cfg)
	progress := s.newBar(-1, "fetching your posts and photos")
	defer progress.end()
	moved, err := daemon.Move(ctx, cfg, daemon.MoveOptions{
		Phrase: phrase, From: s.c.StringSlice("from"), Wait: s.c.Duration("wait"),
		Progress: func(bytes int64) { _ = progress.Set64(bytes) },
	})
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(movedAccount{home, moved.Account, moved.Epoch, moved.Holders, moved.Missing})
	}
	s.say("account %s", moved.Account)
	s.say("This machine posts for it from now on: start rossgram daemon. The machine before stops when it hears of this.")
	if moved.Missing > 0 {
		s.tell("%s, such as full-size photos, are with nobody who was reached. They come when they are looked at while the old machine runs.", counted(moved.Missing, "file"))
	}
	if moved.Holders == 0 {
		s.tell("Nobody else who holds the account could be asked: what was posted elsewhere last may be missing. rossgram rescue lists it once it is found.")
	}
	return nil
}

// readPhrase reads the phrase in a file of mode 0600.
func readPhrase(path string) (keys.Phrase, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return keys.Phrase{}, fileError(err)
	}
	if err := keys.CheckPrivate(path); err != nil {
		return keys.Phrase{}, err
	}
	return keys.ParsePhrase(string(b))
}

func (s *session) moveAway(ctx context.Context) error {
	cl, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	if err := cl.Yield(ctx); err != nil {
		return err
	}
	if s.json {
		return s.emit(map[string]bool{"away": true})
	}
	s.say("This machine does not post any more, and follows the account. What only it had is kept: see rossgram rescue on the other machine.")
	return nil
}

func rescueCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "rescue",
		Usage:     "posts that were left behind when the account moved: list them, post them again",
		ArgsUsage: "[POST…]",
		Description: "Names of posts, or --all, post them again on the machine that posts for the\n" +
			"account: as the very posts they were, with their time and their links.",
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "all", Usage: "post all of them again"},
			&urfave.BoolFlag{Name: "give-up", Usage: "drop those that are left, for good"},
		},
		Action: withClient(anyArgs, rescue),
	}
}

// anyArgs takes whatever there is.
func anyArgs(*session) error { return nil }

func rescue(ctx context.Context, s *session, cl *client.Client) error {
	posts := s.c.Args().Slice()
	switch {
	case s.c.Bool("give-up"):
		if s.c.Bool("all") || len(posts) > 0 {
			return usagef("--give-up is for all that are left: it takes no posts")
		}
		if err := cl.GiveUpLeft(ctx); err != nil {
			return err
		}
	case s.c.Bool("all") || len(posts) > 0:
		n, err := cl.Rescue(ctx, posts)
		if err != nil {
			return err
		}
		if s.json {
			return s.emit(map[string]int{"posted": n})
		}
		s.say("%s posted again", counted(n, "post"))
		return nil
	}
	left, err := cl.Left(ctx)
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(left)
	}
	if len(left) == 0 {
		s.tell("Nothing was left behind.")
	}
	for _, l := range left {
		s.say("%s  %s%s", l.URI, oneLine(l.Caption), missingPhotos(l))
	}
	return nil
}

func missingPhotos(l client.Left) string {
	if l.Complete {
		return ""
	}
	return "  (photos are still being fetched)"
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

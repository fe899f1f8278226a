package cli

import (
	"context"
	"fmt"
	"os"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
	"rossgram.app/content"
	"rossgram.app/content/repo"
)

func forksCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "forks",
		Usage:     "evidence of accounts that signed two histories",
		ArgsUsage: "[DID]",
		Description: "With the DID of one, its evidence can be saved in a file, which anybody can\n" +
			"verify: see rossgram verify --fork.",
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "save the evidence in `FILE`"},
		},
		Action: withClient(atMostOneArg, forks),
	}
}

func forks(ctx context.Context, s *session, cl *client.Client) error {
	if path := s.c.String("output"); path != "" {
		if s.arg() == "" {
			return usagef("--output needs the DID of an account that rossgram forks lists")
		}
		b, err := cl.ForkEvidence(ctx, s.arg())
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, b, 0o666); err != nil {
			return fileError(err)
		}
		if s.json {
			return s.emit(map[string]string{"file": path})
		}
		s.say("%s", path)
		return nil
	}
	list, err := cl.Forks(ctx)
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(list)
	}
	for _, f := range list {
		if s.arg() == "" || s.arg() == f.DID || s.arg() == f.Acct {
			s.say("%s  %s", oneLine(f.Acct), forkLine(f))
			s.say("    %s", f.DID)
		}
	}
	if len(list) == 0 {
		s.tell("No account known here signed two histories.")
	}
	return nil
}

func forkLine(f client.Fork) string {
	line := fmt.Sprintf("two histories in epoch %d", f.Epoch)
	if f.Healed {
		return line + ", healed: its owner has moved the account since"
	}
	return line + ": " + oneLine(f.Message)
}

// provenFork is what verify --fork prints with --json.
type provenFork struct {
	Account   content.AccountID `json:"account"`
	Epoch     content.Epoch     `json:"epoch"`
	OneWriter bool              `json:"one_writer"`
	Revs      []content.TID     `json:"revs"`
}

// verifyFork checks evidence that anybody may have written; it needs no daemon.
func (s *session) verifyFork(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fileError(err)
	}
	defer f.Close()
	b := make([]byte, repo.MaxForkSize+1)
	n, _ := f.Read(b)
	fork, err := repo.DecodeFork(b[:n])
	if err != nil {
		return content.E("cli.verify", content.KindOf(err), fmt.Errorf("%s proves no fork: %w", path, err))
	}
	_, two, err := fork.Prevails()
	if err != nil {
		return err
	}
	proven := provenFork{fork.Earlier.Account(), fork.Earlier.Commit.Epoch, !two, []content.TID{fork.Earlier.Commit.Rev, fork.Later.Commit.Rev}}
	if s.json {
		return s.emit(proven)
	}
	s.say("proven: %s signed two histories in epoch %d", proven.Account, proven.Epoch)
	for _, h := range []content.Head{fork.Earlier, fork.Later} {
		s.say("    %s, of %s", h.Commit.Rev, h.Commit.Rev.Time().UTC().Format("2006-01-02 15:04:05 MST"))
	}
	if two {
		s.say("its phrase was used on two machines: two writers were certified")
	} else {
		s.say("one key signed both: a home was copied, or somebody has the key")
	}
	return nil
}

package cli

import (
	"context"
	"errors"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
	"rossgram.app/content"
	"rossgram.app/daemon"
)

func verifyCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "verify",
		Usage: "read everything and name what is damaged; works without a daemon too",
		Description: "A running daemon fetches what is damaged again from those who hold it.\n" +
			"Exits with 1 if anything is damaged. With --fork, evidence of a fork that\n" +
			"rossgram forks saved is verified instead: it stands by itself.",
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "fork", Usage: "verify the evidence in `FILE`"},
		},
		Action: run(noArgs, verify),
	}
}

func verify(ctx context.Context, s *session) error {
	if path := s.c.String("fork"); path != "" {
		return s.verifyFork(path)
	}
	found, err := s.verified(ctx)
	if err != nil {
		return err
	}
	if s.json {
		if err := s.emit(found); err != nil {
			return err
		}
	} else {
		s.say("%d blocks, %s", found.Blocks, size(found.Bytes))
		for _, d := range found.Damaged {
			s.say("damaged %s, of %v", d.CID, d.Accounts)
		}
	}
	if n := len(found.Damaged); n > 0 {
		return content.Errorf("cli.verify", content.Corrupt, fmt.Sprintf(
			"%d blocks are damaged, %d are being fetched again: look at the disk, and verify again later", n, found.Refetching))
	}
	return nil
}

// verified has the daemon look, or looks itself where none runs.
func (s *session) verified(ctx context.Context) (client.Verified, error) {
	cl, err := s.connect(ctx)
	if err == nil {
		defer cl.Close()
		return cl.Verify(ctx)
	}
	none, ok := errors.AsType[*noDaemon](err)
	if !ok {
		return client.Verified{}, err
	}
	return s.verifyHome(ctx, none.home)
}

func (s *session) verifyHome(ctx context.Context, home string) (client.Verified, error) {
	progress := s.newBar(-1, "reading")
	defer progress.end()
	report, err := daemon.VerifyHome(ctx, home, func(_ int, bytes int64) { _ = progress.Set64(bytes) })
	if err != nil {
		return client.Verified{}, err
	}
	found := client.Verified{Blocks: report.Blocks, Bytes: report.Bytes, Damaged: []client.Damaged{}}
	for _, d := range report.Damaged {
		one := client.Damaged{CID: d.CID, Accounts: []string{}}
		for _, a := range d.Accounts {
			one.Accounts = append(one.Accounts, a.String())
		}
		found.Damaged = append(found.Damaged, one)
	}
	return found, nil
}

package cli

import (
	"context"
	"fmt"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
	"rossgram.app/content"
)

func tokenCommand() *urfave.Command {
	return &urfave.Command{
		Name:   "token",
		Usage:  "let other programs use the API in your name",
		Action: needsSubcommand,
		Subcommands: []*urfave.Command{{
			Name:  "create",
			Usage: "make a token; it alone is printed, once",
			Flags: []urfave.Flag{
				&urfave.StringFlag{Name: "name", Usage: "what it is for, as the `NAME` to list and revoke it by"},
				&urfave.StringSliceFlag{Name: "scope", Usage: "what it may do: `read`, write, follow, admin, or a part such as read:statuses"},
			},
			Action: withClient(words(noArgs).with("name"), createToken),
		}, {
			Name:   "list",
			Usage:  "the tokens, and the apps that were let in, without their secrets",
			Action: withClient(noArgs, listTokens),
		}, {
			Name:      "revoke",
			Usage:     "make a token useless, or sign an app out",
			ArgsUsage: "NAME|ID",
			Action:    withClient(oneArg("token"), revokeToken),
		}},
	}
}

func needsSubcommand(c *urfave.Context) error {
	if c.NArg() > 0 {
		return usagef("%s has no command %q: see %s --help", c.Command.Name, c.Args().First(), c.Command.HelpName)
	}
	return usagef("say what to do: see %s --help", c.Command.HelpName)
}

func createToken(ctx context.Context, s *session, cl *client.Client) error {
	t, err := cl.CreateToken(ctx, s.c.String("name"), s.c.StringSlice("scope"))
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(t)
	}
	s.say("%s", t.Secret)
	return nil
}

func listTokens(ctx context.Context, s *session, cl *client.Client) error {
	list, err := cl.Tokens(ctx)
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(list)
	}
	for _, t := range list {
		used := "never used"
		if t.LastUsedAt != nil {
			used = "last used " + moment(*t.LastUsedAt)
		}
		of := ""
		if t.App != nil {
			of = ", for an app"
			if t.App.Website != "" {
				of += " that says it is " + oneLine(t.App.Website)
			}
		}
		s.say("%s  %s  %s  made %s%s, %s", t.ID, oneLine(t.Name), strings.Join(t.Scopes, ","), moment(t.CreatedAt), of, used)
	}
	return nil
}

func revokeToken(ctx context.Context, s *session, cl *client.Client) error {
	t, err := findToken(ctx, cl, s.arg())
	if err == nil {
		err = cl.RevokeToken(ctx, t.ID)
	}
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(map[string]string{"revoked": t.ID})
	}
	s.say("revoked %s", oneLine(t.Name))
	return nil
}

// findToken finds a token by its id, or by a name that it alone has.
func findToken(ctx context.Context, cl *client.Client, what string) (client.Token, error) {
	list, err := cl.Tokens(ctx)
	if err != nil {
		return client.Token{}, err
	}
	var found []client.Token
	for _, t := range list {
		if t.ID == what {
			return t, nil
		}
		if t.Name == what {
			found = append(found, t)
		}
	}
	switch len(found) {
	case 0:
		return client.Token{}, content.Errorf("cli.token", content.NotFound, fmt.Sprintf("there is no token %q: see rossgram token list", what))
	case 1:
		return found[0], nil
	}
	return client.Token{}, usagef("%d tokens have the name %q: name one by its id, see rossgram token list", len(found), what)
}

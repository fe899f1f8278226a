package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/daemon"
)

func initCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "init",
		Usage: "make a home and an account in it; needs no daemon",
		Description: "The recovery phrase of 24 words is the account: it is shown once, on a\n" +
			"terminal. Without a terminal it is kept in a file in the home until you\n" +
			"delete that. With --phrase-file it goes to that file instead, of mode 0600.\n" +
			"A phrase that is there already belongs to an account that may be on another\n" +
			"machine, where it posts: rossgram move takes it over. With --new it is used\n" +
			"as one that no machine has used yet.",
		Flags: []urfave.Flag{
			nameFlag,
			&urfave.StringFlag{Name: "phrase-file", Usage: "the `FILE` where the phrase is to be kept"},
			&urfave.BoolFlag{Name: "new", Usage: "the phrase in the file was never used"},
		},
		Action: run(noArgs, func(ctx context.Context, s *session) error {
			home, err := s.home()
			if err != nil {
				return err
			}
			made, err := s.makeAccount(ctx, home)
			if err != nil {
				return err
			}
			return s.introduce(made)
		}),
	}
}

var nameFlag = &urfave.StringFlag{Name: "name", Usage: "the `NAME` people see; asked for, or your name on this system"}

// madeAccount is what init prints with --json.
type madeAccount struct {
	Home       string            `json:"home"`
	Account    content.AccountID `json:"account"`
	PhraseFile string            `json:"phrase_file"`
	shown      keys.Phrase       // to be shown: it is kept nowhere
}

// makeAccount makes an account in a home that has none, and the home.
func (s *session) makeAccount(ctx context.Context, home string) (madeAccount, error) {
	made := madeAccount{Home: home}
	if has, err := daemon.HasAccount(home); err != nil {
		return made, err
	} else if has {
		return made, content.Errorf("cli.init", content.Exists, fmt.Sprintf("%s has an account already: another one needs another --home", home))
	}
	var o daemon.InitOptions
	var err error
	if o.Name, err = s.chooseName(ctx); err != nil {
		return made, err
	}
	made.PhraseFile = s.c.String("phrase-file")
	show := isTerminal(s.raw) && !s.json
	switch {
	case made.PhraseFile != "":
		o.Phrase, err = phraseIn(made.PhraseFile, s.c.Bool("new"))
	default:
		o.KeepPhrase = !show
	}
	if err != nil {
		return made, err
	}
	result, err := daemon.Init(ctx, home, o)
	if err != nil {
		return made, err
	}
	made.Account = result.Account
	if made.PhraseFile == "" {
		made.PhraseFile = result.PhraseFile
	}
	if show && made.PhraseFile == "" {
		made.shown = result.Phrase
	}
	return made, nil
}

// phraseIn makes a phrase and the file that holds it. One that is there is read
// if it is said to be unused: two machines that begin one account would sign two
// histories of it.
func phraseIn(path string, unused bool) (keys.Phrase, error) {
	_, err := os.Lstat(path)
	switch {
	case err == nil && unused:
		return readPhrase(path)
	case err == nil:
		return keys.Phrase{}, content.Errorf("cli.init", content.Exists, fmt.Sprintf(
			"there is a phrase in %s already, and its account may be on another machine: rossgram move --phrase-file %[1]s takes it over; "+
				"if no machine ever used the phrase, add --new", path))
	case !errors.Is(err, fs.ErrNotExist):
		return keys.Phrase{}, fileError(err)
	}
	phrase, err := keys.NewPhrase()
	if err != nil {
		return phrase, err
	}
	return phrase, keys.WriteFile(path, []byte(strings.Join(phrase.Words(), " ")+"\n"))
}

// chooseName returns --name, else what a person at a terminal answers, else the
// name of the system's user.
func (s *session) chooseName(ctx context.Context) (string, error) {
	if name := s.c.String("name"); name != "" {
		return name, nil
	}
	usual := "me"
	if u, err := user.Current(); err == nil && u.Username != "" {
		usual = u.Username
	}
	if !s.asks() {
		return usual, nil
	}
	return s.ask(ctx, fmt.Sprintf("Your name, as people shall see it [%s]: ", usual), usual)
}

// introduce says what was made, and shows the phrase if it is kept nowhere.
func (s *session) introduce(m madeAccount) error {
	if s.json {
		return s.emit(m)
	}
	s.say("account %s", m.Account)
	if m.PhraseFile != "" {
		s.tell("The recovery phrase is in %s: write it on paper, then delete the file.", m.PhraseFile)
		return nil
	}
	s.say("\nThis is your recovery phrase. It is the account: write it on paper now, for\nit is not shown again, and show it to nobody.\n")
	words := m.shown.Words()
	for i := 0; i < len(words); i += 6 {
		s.say("    %s", strings.Join(words[i:min(i+6, len(words))], " "))
	}
	s.say("")
	return nil
}

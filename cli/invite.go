package cli

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/skip2/go-qrcode"
	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

const maxInvite = 365 * 24 * time.Hour

func inviteCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "invite",
		Usage: "print a line with which others can follow you",
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "qr", Usage: "draw it as a QR code too"},
			&urfave.StringFlag{Name: "expires", Usage: "how long it is good, such as 12h or 30d", Value: "30d"},
		},
		Action: withClient(checkInvite, invite),
	}
}

func checkInvite(s *session) error {
	if _, err := span(s.c.String("expires")); err != nil {
		return err
	}
	return noArgs(s)
}

func invite(ctx context.Context, s *session, cl *client.Client) error {
	expires, err := span(s.c.String("expires"))
	if err != nil {
		return err
	}
	i, err := cl.Invite(ctx, expires)
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(i)
	}
	if s.c.Bool("qr") {
		if err := s.draw(i.Invite); err != nil {
			return err
		}
	}
	s.say("%s", i.Invite)
	s.tell("Good until %s. Whoever has it can follow you: rossgram follow '…'", moment(i.ExpiresAt))
	return nil
}

// draw draws an invite as a QR code: in upper case, which such codes hold in two
// thirds of the room (see [discover.ParseInvite]).
func (s *session) draw(invite string) error {
	code, err := qrcode.New(strings.ToUpper(invite), qrcode.Low)
	if err != nil {
		return err
	}
	picture := code.ToSmallString(false)
	s.say("%s", picture)
	line, _, _ := strings.Cut(picture, "\n")
	if width, has := utf8.RuneCountInString(line), columns(s.out); isTerminal(s.out) && width > has {
		s.tell("The code needs %d columns and this terminal has %d: make it wider, or its letters smaller.", width, has)
	}
	return nil
}

// span reads a duration; unlike [time.ParseDuration] it knows days.
func span(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(min(n, 366)) * 24 * time.Hour
	}
	if err != nil || d < time.Second || d > maxInvite {
		return 0, usagef("an invite expires after something like 12h or 30d, at most 365d, not %q", text)
	}
	return d, nil
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
	"rossgram.app/content"
	"rossgram.app/daemon"
)

// followPause is between two looks at a follow that is waited for.
const followPause = 200 * time.Millisecond

func followCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "follow",
		Usage:     "follow an account; its posts are fetched in the background",
		ArgsUsage: "WHO",
		Description: "WHO is an invite (the sure way, for it says where the account is), a DID,\n" +
			"name@fingerprint, or a name that one account known here has.",
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "forecast", Usage: "say what following would take, and do not follow"},
			&urfave.StringFlag{Name: "max", Usage: "keep at most `SIZE` of its photos, such as 200MB (0: no limit); older ones come when they are looked at"},
			&urfave.BoolFlag{Name: "wait", Usage: "return when all that is to be had is here"},
			&urfave.DurationFlag{Name: "timeout", Usage: "how long --wait waits", Value: 5 * time.Minute},
		},
		Action: withClient(oneArg("account"), follow),
	}
}

func follow(ctx context.Context, s *session, cl *client.Client) error {
	if s.c.Bool("forecast") {
		return forecast(ctx, s, cl)
	}
	f, err := begin(ctx, s, cl)
	if err == nil && s.c.Bool("wait") {
		f, err = await(ctx, s, cl, f)
	}
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(f)
	}
	s.say("following %s: %s", named(f), progressOf(f))
	return nil
}

// begin follows, with a limit if one is given.
func begin(ctx context.Context, s *session, cl *client.Client) (client.Follow, error) {
	if !s.c.IsSet("max") {
		return cl.Follow(ctx, s.arg())
	}
	var most daemon.Size
	if err := most.UnmarshalText([]byte(s.c.String("max"))); err != nil {
		return client.Follow{}, &usageError{err}
	}
	return cl.FollowUpTo(ctx, s.arg(), int64(most))
}

// await looks at a follow until it is current.
func await(ctx context.Context, s *session, cl *client.Client, f client.Follow) (client.Follow, error) {
	limit := s.c.Duration("timeout")
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errWaited)
	defer cancel()
	progress := s.newBar(-1, "fetching "+named(f))
	defer progress.end()
	for {
		switch f.Phase {
		case client.Current:
			return f, nil
		case client.Forked:
			return f, content.Errorf("cli.follow", content.Corrupt, named(f)+" signed two histories: nothing more is fetched from it. "+f.Error)
		}
		_ = progress.Set64(f.Files.Bytes)
		select {
		case <-ctx.Done():
			if !errors.Is(context.Cause(ctx), errWaited) {
				return f, context.Cause(ctx)
			}
			return f, content.Errorf("cli.follow", content.Unavailable, fmt.Sprintf(
				"%s is still %s after %v: the daemon goes on trying, see rossgram following", named(f), f.Phase, limit))
		case <-time.After(followPause):
		}
		next, err := cl.FollowOf(ctx, f.DID)
		if err != nil && ctx.Err() == nil {
			return f, err
		} else if err == nil {
			f = next
		}
	}
}

var errWaited = content.Errorf("cli.follow", content.Unavailable, "the wait is over")

func named(f client.Follow) string {
	if f.Acct != "" {
		return oneLine(f.Acct)
	}
	return f.DID
}

// progressOf says how far a follow is.
func progressOf(f client.Follow) string {
	text := string(f.Phase)
	if f.Phase == client.Syncing && f.Records.Total > 0 {
		text += fmt.Sprintf(", %d of %d records, %d of %d files", f.Records.Done, f.Records.Total, f.Files.Done, f.Files.Total)
	}
	if f.Phase == client.NoHolder && f.LastContactAt != nil && !f.LastContactAt.IsZero() {
		text += " since " + moment(f.Since)
	}
	if f.OnDemandBefore != nil {
		text += ", older photos on demand"
	}
	if f.Error != "" {
		text += " (" + oneLine(f.Error) + ")"
	}
	return text
}

func followingCommand() *urfave.Command {
	return &urfave.Command{
		Name:   "following",
		Usage:  "whom you follow, and how current their copies here are",
		Action: withClient(noArgs, following),
	}
}

func following(ctx context.Context, s *session, cl *client.Client) error {
	list, err := cl.Follows(ctx)
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(list)
	}
	if len(list) == 0 {
		s.tell("You follow nobody: ask a friend for the line that rossgram invite prints there.")
	}
	for _, f := range list {
		s.say("%s  %s  %s", named(f), progressOf(f), f.DID)
	}
	return nil
}

func unfollowCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "unfollow",
		Usage:     "stop following an account",
		ArgsUsage: "WHO",
		Action:    withClient(oneArg("account"), unfollow),
	}
}

func unfollow(ctx context.Context, s *session, cl *client.Client) error {
	f, err := followed(ctx, cl, s.arg())
	if err == nil {
		err = cl.Unfollow(ctx, f.DID)
	}
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(map[string]string{"unfollowed": f.DID})
	}
	s.say("no longer following %s", named(f))
	return nil
}

// followed finds whom is meant among those followed: an account that was never
// reached is known nowhere else.
func followed(ctx context.Context, cl *client.Client, who string) (client.Follow, error) {
	list, err := cl.Follows(ctx)
	if err != nil {
		return client.Follow{}, err
	}
	did := who
	if a, err := cl.Account(ctx, who); err == nil {
		did = a.Rossgram.DID
	}
	for _, f := range list {
		if f.DID == did || f.Acct == who {
			return f, nil
		}
	}
	return client.Follow{}, content.Errorf("cli.unfollow", content.NotFound, fmt.Sprintf("you do not follow %q: see rossgram following", who))
}

package cli

import (
	"context"
	"fmt"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
	"rossgram.app/content"
	"rossgram.app/daemon"
)

func mirrorCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "mirror",
		Usage: "nodes that keep your account whole, and accounts that yours keeps for others",
		Subcommands: []*urfave.Command{
			{
				Name: "ask", Usage: "ask a node to keep your account whole", ArgsUsage: "NODE",
				Description: "NODE is an invite from there, an address with /p2p/, or the ID of a node that is\n" +
					"connected. Its owner decides; until then rossgram mirror list says pending.",
				Flags:  []urfave.Flag{maxFlag("how much of its disk your account may take", "10GB")},
				Action: withClient(withMax(oneArg("node")), askMirror),
			},
			{
				Name: "accept", Usage: "promise to keep an account whole", ArgsUsage: "WHO",
				Flags:  []urfave.Flag{maxFlag("how much of your disk it may take; else what it asked for", "")},
				Action: withClient(withMax(oneArg("account")), acceptMirror),
			},
			{
				Name: "refuse", Usage: "do not keep an account", ArgsUsage: "WHO",
				Flags:  []urfave.Flag{&urfave.StringFlag{Name: "words", Usage: "what its owner is told"}},
				Action: withClient(oneArg("account"), refuseMirror),
			},
			{
				Name: "end", Usage: "end a mirror of your own (NODE) or of somebody else's (WHO)", ArgsUsage: "NODE|WHO",
				Action: withClient(oneArg("node or account"), endMirror),
			},
			{Name: "list", Usage: "both kinds", Action: withClient(noArgs, listMirrors)},
		},
		Action: withClient(noArgs, listMirrors),
	}
}

func maxFlag(usage, value string) urfave.Flag {
	return &urfave.StringFlag{Name: "max", Usage: usage + ", such as 500MB or 10GB", Value: value}
}

// withMax checks --max before anything else.
func withMax(check words) words {
	return func(s *session) error {
		if _, err := s.maxBytes(); err != nil {
			return err
		}
		return check(s)
	}
}

// maxBytes reads --max; 0 if it is not given.
func (s *session) maxBytes() (int64, error) {
	text := s.c.String("max")
	if text == "" {
		return 0, nil
	}
	var size daemon.Size
	if err := size.UnmarshalText([]byte(text)); err != nil {
		return 0, usagef("--max: %w", err)
	}
	return int64(size), nil
}

func askMirror(ctx context.Context, s *session, cl *client.Client) error {
	limit, err := s.maxBytes()
	if err != nil {
		return err
	}
	m, err := cl.AskMirror(ctx, s.arg(), limit)
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(m)
	}
	s.say("%s", mine(m))
	if m.State == "refused" {
		return content.Errorf("cli.mirror", content.Permission, "the node refuses: "+m.Words)
	}
	return nil
}

// mine says how a mirror of one's own is.
func mine(m client.MyMirror) string {
	text := fmt.Sprintf("%s  %s", m.Node, m.State)
	switch m.State {
	case "accepted":
		text += fmt.Sprintf(", %s of %s", size(m.UsedBytes), size(m.PromisedBytes))
	case "pending":
		text += ", its owner has to accept"
	}
	if m.Words != "" {
		text += " (" + oneLine(m.Words) + ")"
	}
	if !m.Connected {
		text += ", not connected"
	}
	return text
}

// given says how an account is that is kept for somebody.
func given(m client.GivenMirror) string {
	text := fmt.Sprintf("%s  %s", givenName(m), m.State)
	switch {
	case m.State == "accepted":
		text += fmt.Sprintf(", %s of %s, %s", size(m.UsedBytes), size(m.PromisedBytes), m.Phase)
	case m.State == "pending":
		text += ", asks for " + size(m.MaxBytes)
	}
	if m.Error != "" {
		text += " (" + oneLine(m.Error) + ")"
	}
	return text
}

func givenName(m client.GivenMirror) string {
	if m.Name == "" {
		return m.DID
	}
	return oneLine(m.Acct) + "  " + m.DID
}

func acceptMirror(ctx context.Context, s *session, cl *client.Client) error {
	limit, err := s.maxBytes()
	if err != nil {
		return err
	}
	who, err := asking(ctx, cl, s.arg())
	if err == nil {
		who, err = cl.AcceptMirror(ctx, who.DID, limit)
	}
	return s.showGiven(who, err)
}

func refuseMirror(ctx context.Context, s *session, cl *client.Client) error {
	who, err := asking(ctx, cl, s.arg())
	if err == nil {
		who, err = cl.RefuseMirror(ctx, who.DID, s.c.String("words"))
	}
	return s.showGiven(who, err)
}

func (s *session) showGiven(m client.GivenMirror, err error) error {
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(m)
	}
	s.say("%s", given(m))
	return nil
}

// asking finds who is meant among the accounts that have asked.
func asking(ctx context.Context, cl *client.Client, who string) (client.GivenMirror, error) {
	list, err := cl.Mirrors(ctx)
	if err != nil {
		return client.GivenMirror{}, err
	}
	for _, m := range list.Others {
		if m.DID == who || m.Acct == who || m.Name == who {
			return m, nil
		}
	}
	return client.GivenMirror{}, content.Errorf("cli.mirror", content.NotFound, fmt.Sprintf("%q has not asked this node: see rossgram mirror list", who))
}

func endMirror(ctx context.Context, s *session, cl *client.Client) error {
	list, err := cl.Mirrors(ctx)
	if err != nil {
		return err
	}
	for _, m := range list.Mine {
		if m.Node == s.arg() {
			if err := cl.EndMirror(ctx, m.Node); err != nil {
				return err
			}
			return s.ended(m.Node)
		}
	}
	who, err := asking(ctx, cl, s.arg())
	if err != nil {
		return content.Errorf("cli.mirror", content.NotFound, fmt.Sprintf("%q is neither a mirror of yours nor an account that is kept here: see rossgram mirror list", s.arg()))
	}
	if _, err := cl.RefuseMirror(ctx, who.DID, "ended by the node's owner"); err != nil {
		return err
	}
	return s.ended(who.DID)
}

func (s *session) ended(what string) error {
	if s.json {
		return s.emit(map[string]string{"ended": what})
	}
	s.say("ended: %s", what)
	return nil
}

func listMirrors(ctx context.Context, s *session, cl *client.Client) error {
	list, err := cl.Mirrors(ctx)
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(list)
	}
	if len(list.Mine) == 0 {
		s.tell("Nobody has been asked to keep your account: ask a friend for an invite, then rossgram mirror ask INVITE.")
	}
	for _, m := range list.Mine {
		s.say("mine    %s", mine(m))
	}
	for _, m := range list.Others {
		s.say("others  %s", given(m))
	}
	return nil
}

func holdersCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "holders",
		Usage:     "which other nodes hold a post",
		ArgsUsage: "POST",
		Flags:     []urfave.Flag{&urfave.BoolFlag{Name: "ask", Usage: "ask those connected now"}},
		Action:    withClient(oneArg("post"), holders),
	}
}

func holders(ctx context.Context, s *session, cl *client.Client) error {
	h, err := cl.Holders(ctx, s.arg(), s.c.Bool("ask"))
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(h)
	}
	s.say("here    %s", h.Here)
	for _, holder := range h.Holders {
		notes := []string{"as of " + moment(holder.AsOf)}
		if holder.Mirror {
			notes = append(notes, "a mirror")
		}
		if !holder.Connected {
			notes = append(notes, "not connected")
		}
		s.say("%-10s  %s  %s", holder.Holds, holder.Node, strings.Join(notes, ", "))
	}
	for _, p := range h.Pinned {
		s.say("%-10s  %s, a pinning service  %s", p.Status, p.Service, oneLine(p.Error))
	}
	if len(h.Holders)+len(h.Pinned) == 0 {
		s.tell("No other node is known to hold it: those who follow you fetch it when they are on, and rossgram mirror ask finds one that promises to.")
	}
	return nil
}

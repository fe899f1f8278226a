package cli

import (
	"context"
	"fmt"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

func doctorCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "doctor",
		Usage: "how others can reach your node, and what to do if they can't",
		Action: withClient(noArgs, func(ctx context.Context, s *session, cl *client.Client) error {
			node, err := cl.Node(ctx)
			if err != nil {
				return err
			}
			findings := examine(node)
			if s.json {
				return s.emit(findings)
			}
			for _, f := range findings {
				s.say("%-5s %s", f.Grade, oneLine(f.Says))
				if f.Advice != "" {
					s.say("      %s", oneLine(f.Advice))
				}
			}
			return nil
		}),
	}
}

// finding is one thing about a node. Grade is ok, note, or act if the owner has to
// do something; Code stays the same.
type finding struct {
	Code   string `json:"code"`
	Grade  string `json:"grade"`
	Says   string `json:"says"`
	Advice string `json:"advice,omitempty"`
}

// examine says what the node knows of its health, the way others reach it first.
func examine(n client.Node) []finding {
	list := append(reaching(n.Reachability), others(n)...)
	for _, w := range n.Warnings {
		list = append(list, finding{w.Code, "act", w.Message, ""})
	}
	if version := buildVersion(); n.Version != version {
		list = append(list, finding{
			"version", "act", fmt.Sprintf("The daemon runs %s, this command is %s.", n.Version, version),
			"Start the daemon anew, or use the command that belongs to it.",
		})
	}
	return list
}

// What to do about a node that can't be reached.
const (
	openPort = "Forward port 7671 (TCP and UDP) to this machine in your router's settings, or turn on UPnP there. " +
		"Or follow somebody whose node can be reached: it relays for you. " +
		"Or put the node behind a web server with HTTPS (README, \"Behind a reverse proxy\")."
	waitForIt = "It asks peers on the internet to try; that takes a few minutes after the start and needs some who do. " + openPort
)

// reaching says how others get through to the node.
func reaching(r client.Reachability) []finding {
	var list []finding
	switch {
	case r.Status == "public":
		list = append(list, finding{"reachable", "ok", "Your node can be reached from the internet: " + strings.Join(where(r, "public"), ", ") + ".", ""})
	case len(r.Relays) > 0:
		list = append(list, finding{"relayed", "ok", fmt.Sprintf("Others reach your node through %s of a contact, and then try to get through directly.", count(len(r.Relays), "relay address", "relay addresses")),
			"It works as it is. For less delay forward port 7671 (TCP and UDP) to this machine in your router."})
	case r.Status == "private":
		list = append(list, finding{"unreachable", "act", "Nobody on the internet can reach your node: peers tried " + strings.Join(where(r, "private"), ", ") + ".", openPort})
	default:
		list = append(list, finding{"unknown", "note", "Whether your node can be reached from the internet is not known yet.", waitForIt})
	}
	if len(r.Mapped) > 0 {
		list = append(list, finding{"mapped", "ok", "The router forwards " + strings.Join(r.Mapped, ", ") + " to it.", ""})
	}
	if r.Relay.On {
		list = append(list, finding{"relay", "ok", fmt.Sprintf("It relays for %s behind routers.", count(r.Relay.Peers, "contact", "contacts")),
			"If it should not: rossgram config set network.relay off"})
	}
	if r.PrivateNetwork {
		list = append(list, finding{"private-network", "ok", "It is in a private network: only nodes with the same key talk to it, over TCP and WebSocket.", ""})
	}
	return list
}

func where(r client.Reachability, status string) (list []string) {
	for _, a := range r.Addresses {
		if a.Status == status {
			list = append(list, a.Address)
		}
	}
	return list
}

// others says whom the node has found.
func others(n client.Node) []finding {
	switch f := n.Follows; {
	case n.Peers == 0:
		return []finding{{
			"no-peers", "act", "Your node is connected to nobody.",
			"Check that this machine is online; follow a friend's invite, or use rossgram connect ADDRESS.",
		}}
	case f.Unreachable > 0:
		return []finding{{
			"unreachable-follows", "note", fmt.Sprintf("It is connected to %s; nobody of them holds %s.",
				count(n.Peers, "node", "nodes"), count(f.Unreachable, "account you follow", "accounts you follow")),
			"They come when their nodes do; see rossgram following.",
		}}
	}
	return []finding{{"peers", "ok", fmt.Sprintf("It is connected to %s.", count(n.Peers, "node", "nodes")), ""}}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

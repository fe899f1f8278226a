package cli

import (
	"context"
	"fmt"
	"time"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

func statusCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "status",
		Usage: "what runs, what it costs, and what needs you",
		Action: withClient(noArgs, func(ctx context.Context, s *session, cl *client.Client) error {
			node, err := cl.Node(ctx)
			if err != nil {
				return err
			}
			if s.json {
				return s.emit(node)
			}
			s.printNode(node)
			return nil
		}),
	}
}

func (s *session) printNode(n client.Node) {
	s.say("account    %s", oneLine(n.Account.Acct))
	s.say("           %s", n.Account.DID)
	s.say("node       %s, up %v", n.PeerID, time.Duration(n.UptimeS)*time.Second)
	s.say("version    %s", oneLine(n.Version))
	s.say("page       %s (sign in with rossgram open)", n.API)
	for i, a := range n.Addresses {
		if i == 0 {
			s.say("addresses  %s", a)
		} else {
			s.say("           %s", a)
		}
	}
	s.say("peers      %d", n.Peers)
	s.say("dht        %s", dhtLine(n.DHT))
	f := n.Follows
	s.say("follows    %d: %d current, %d syncing, %d unreachable", f.Total, f.Current, f.Syncing, f.Unreachable)
	m := n.Mirrors
	s.say("mirrors    %d keep your account whole, %d asked; %d accounts kept for others, %d wait for you", m.Mine, m.Asked, m.Others, m.Waiting)
	s.say("traffic    %s in, %s out", size(n.Bandwidth.InBytes), size(n.Bandwidth.OutBytes))
	s.say("memory     %s", size(n.Memory.ResidentBytes))
	s.printDisk(n.Disk)
	s.printBudget(n.Budget)
	for _, w := range n.Warnings {
		s.say("warning    %s", oneLine(w.Message))
	}
}

// dhtLine says how the node stands to the DHT.
func dhtLine(d client.DHT) string {
	if d.Mode == "off" {
		return "off"
	}
	last := "not reached yet"
	if d.LastSuccess != nil {
		last = "last reached " + moment(*d.LastSuccess)
	}
	return fmt.Sprintf("%s, %d in the table, %d accounts published, %s", oneLine(d.Mode), d.Peers, d.Published, last)
}

func (s *session) printBudget(b client.Budget) {
	s.say("today      %s in%s, %s out%s", size(b.Today.DownBytes), ofAtMost(b.Today.MaxDownBytes),
		size(b.Today.UpBytes), ofAtMost(b.Today.MaxUpBytes))
	if b.UploadRate > 0 {
		s.say("           at most %s a second out", size(b.UploadRate))
	}
	if b.Metered {
		s.say("metered    posts and their smallest pictures only; next to nothing is given to others")
	}
	if b.OnDemand > 0 {
		s.say("evicted    older photos of %d follows come when they are looked at; %s since the start", b.OnDemand, size(b.Evicted.Bytes))
	}
}

// ofAtMost is a limit in words; none is nothing.
func ofAtMost(n int64) string {
	if n == 0 {
		return ""
	}
	return " of " + size(n)
}

func (s *session) printDisk(d client.Disk) {
	limit := "no limit but the disk"
	if d.MaxBytes > 0 {
		limit = "at most " + size(d.MaxBytes)
	}
	s.say("disk       %s photos and records, %s state, %s index; %s free; %s",
		size(d.BlocksBytes), size(d.StateBytes), size(d.IndexBytes), size(d.FreeBytes), limit)
	for _, a := range d.Accounts {
		name := a.Acct
		if name == "" {
			name = a.DID
		}
		own := ""
		if a.Own {
			own = " (yours)"
		}
		s.say("           %s  %s%s", size(a.Bytes), oneLine(name), own)
	}
}

package netns

import (
	"fmt"
	"os/exec"
	"strings"
)

// Machine is a computer with its own addresses, routes and ports. It has
// loopback, and an interface for each cable: eth0, eth1 and so on.
type Machine struct {
	net    *Net
	space  string
	cables int
}

// Machine adds a machine without a cable.
func (n *Net) Machine(name string) *Machine {
	n.t.Helper()
	return &Machine{net: n, space: n.space(name)}
}

// Command returns a command that will run on the machine. It shares the files of
// this one, and nothing of its network.
func (m *Machine) Command(program string, args ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", m.space, program}, args...)...)
}

// Gateway sends what is for elsewhere to a router, by its address on a cable.
func (m *Machine) Gateway(address string) {
	m.net.t.Helper()
	m.net.run("ip", "-n", m.space, "route", "replace", "default", "via", address)
}

// Switch is a piece of Ethernet that machines are joined to.
type Switch struct {
	net    *Net
	space  string
	cables int
}

// Switch adds a switch without machines.
func (n *Net) Switch(name string) *Switch {
	n.t.Helper()
	s := &Switch{net: n, space: n.space(name)}
	n.run("ip", "-n", s.space, "link", "add", "switch", "type", "bridge")
	n.run("ip", "-n", s.space, "link", "set", "switch", "up")
	return s
}

// Join connects a machine that has these addresses there, each with the length of
// the network's prefix, such as 45.77.0.1/16.
func (s *Switch) Join(m *Machine, addresses ...string) *Cable {
	s.net.t.Helper()
	c := &Cable{net: s.net, ends: [2]end{
		{m.space, fmt.Sprintf("eth%d", m.cables)}, {s.space, fmt.Sprintf("port%d", s.cables)},
	}}
	m.cables++
	s.cables++
	s.net.run("ip", "link", "add", c.ends[0].device, "netns", m.space, "type", "veth",
		"peer", "name", c.ends[1].device, "netns", s.space)
	s.net.run("ip", "-n", s.space, "link", "set", c.ends[1].device, "master", "switch", "up")
	c.link("up")
	for _, a := range addresses {
		args := []string{"-n", m.space, "addr", "add", a, "dev", c.ends[0].device}
		if strings.Contains(a, ":") {
			args = append(args, "nodad") // or else it is not to be used for a second
		}
		s.net.run("ip", args...)
	}
	return c
}

// Cable joins a machine to a switch.
type Cable struct {
	net  *Net
	ends [2]end // of the machine, of the switch
}

type end struct{ space, device string }

// Cut takes the cable out: packets vanish, and neither side is told.
func (c *Cable) Cut() {
	c.net.t.Helper()
	c.net.run("ip", "-n", c.ends[1].space, "link", "set", c.ends[1].device, "nomaster")
}

// Mend undoes [Cable.Cut].
func (c *Cable) Mend() {
	c.net.t.Helper()
	c.net.run("ip", "-n", c.ends[1].space, "link", "set", c.ends[1].device, "master", "switch")
}

// Rate lets at most so much through, each way, as tc writes it: 50mbit, 500kbit.
// Up to 50 ms of packets wait; what is more is dropped.
func (c *Cable) Rate(rate string) {
	c.net.t.Helper()
	for _, e := range c.ends {
		c.net.run("tc", "-n", e.space, "qdisc", "replace", "dev", e.device, "root",
			"tbf", "rate", rate, "burst", "64kb", "latency", "50ms")
	}
}

func (c *Cable) link(state string) {
	c.net.t.Helper()
	c.net.run("ip", "-n", c.ends[0].space, "link", "set", c.ends[0].device, state)
}

// Unplug takes the machine's interface down, which its programs notice: addresses
// stay, IPv6 ones and routes are lost.
func (c *Cable) Unplug() { c.net.t.Helper(); c.link("down") }

package netns

import "fmt"

// Router is a home router: what goes out gets its address (masquerade: the
// source port is kept where it is free), what comes in is dropped without a word
// unless it answers something.
type Router struct {
	*Machine
	Outside *Cable
}

// Router joins a home to the internet. The addresses carry the length of their
// prefix, such as 45.77.0.1/16 and 192.168.1.1/24.
func (n *Net) Router(name string, internet *Switch, outside string, home *Switch, inside string) *Router {
	n.t.Helper()
	m := n.Machine(name)
	r := &Router{m, internet.Join(m, outside)}
	home.Join(m, inside)
	n.feed(m.space, "1", "tee", "/proc/sys/net/ipv4/ip_forward")
	n.feed(m.space, natRules, "nft", "-f", "-")
	return r
}

// Forward lets in what comes for a port, TCP and UDP, and hands it to a machine
// of the home, as an owner sets it up by hand.
func (r *Router) Forward(port int, to string) {
	r.net.t.Helper()
	rule := fmt.Sprintf(`
table ip home {
	chain forwarded {
		type nat hook prerouting priority dstnat;
		iifname "eth0" meta l4proto { tcp, udp } th dport %d dnat to %s
	}
}`, port, to)
	r.net.feed(r.space, rule, "nft", "-f", "-")
}

// natRules are those of a router whose eth0 is the outside.
const natRules = `
table ip home {
	chain out {
		type nat hook postrouting priority srcnat;
		oifname "eth0" masquerade
	}
	chain in {
		type filter hook forward priority filter; policy accept;
		iifname "eth0" ct state established,related accept
		iifname "eth0" ct status dnat accept
		iifname "eth0" drop
	}
	chain self {
		type filter hook input priority filter; policy accept;
		iifname "eth0" ct state established,related accept
		iifname "eth0" drop
	}
}`

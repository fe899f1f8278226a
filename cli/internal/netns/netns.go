// Package netns builds small networks for tests out of Linux network namespaces:
// machines with processes of their own, switches, home routers that translate
// addresses and let nobody in, and cables that can be cut or made slow.
//
//	net := netns.New(t)
//	internet := net.Switch("internet")
//	anna, ben := net.Machine("anna"), net.Machine("ben")
//	internet.Join(anna, "45.77.0.1/16")
//	cable := internet.Join(ben, "45.77.0.2/16", "2600:77::2/64")
//	cmd := anna.Command("rossgram", "daemon")
//	cable.Cut()
//
// Nothing in such a network reaches the machine it runs on or the internet, so
// any addresses will do; those of the example count as public to libp2p.
//
// It needs root on Linux, iproute2 and nftables. Where one is missing a test is
// skipped, and says why; with CI=true in the environment it fails. Names are of
// this process, so that packages can be tested at the same time; all is removed
// when the test ends, with the processes that run in it.
package netns

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Net is the network of one test. A step that fails ends the test.
type Net struct {
	t      testing.TB
	prefix string
}

var made atomic.Int64 // networks of this process

// New begins a network, or skips the test.
func New(t testing.TB) *Net {
	t.Helper()
	if why := missing(); why != "" {
		if os.Getenv("CI") == "true" {
			t.Fatalf("this test must run here, but it needs %s", why)
		}
		t.Skipf("needs %s", why)
	}
	return &Net{t: t, prefix: fmt.Sprintf("rg%d-%d-", os.Getpid(), made.Add(1))}
}

// missing names what is needed and not there.
func missing() string {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		return "root on Linux, for network namespaces"
	}
	for program, from := range map[string]string{"ip": "iproute2", "tc": "iproute2", "nft": "nftables"} {
		if _, err := exec.LookPath(program); err != nil {
			return program + ", from " + from
		}
	}
	return ""
}

// space makes a namespace that is gone, with its processes, when the test ends.
func (n *Net) space(name string) string {
	n.t.Helper()
	space := n.prefix + name
	n.run("ip", "netns", "add", space)
	n.t.Cleanup(func() { n.remove(space) })
	n.run("ip", "-n", space, "link", "set", "lo", "up")
	return space
}

// remove ends what runs in a namespace. The processes were to end before; one
// that hangs must not keep the namespace.
func (n *Net) remove(space string) {
	for range 100 {
		pids, err := exec.Command("ip", "netns", "pids", space).Output()
		if err != nil || len(pids) == 0 {
			break
		}
		_ = exec.Command("kill", append([]string{"-KILL"}, strings.Fields(string(pids))...)...).Run() // it may be gone by now
		time.Sleep(20 * time.Millisecond)
	}
	n.run("ip", "netns", "del", space)
}

func (n *Net) run(program string, args ...string) {
	n.t.Helper()
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		n.t.Fatalf("%s %s: %v: %s", program, strings.Join(args, " "), err, out)
	}
}

// feed runs a program in a namespace with text on its standard input.
func (n *Net) feed(space, text, program string, args ...string) {
	n.t.Helper()
	cmd := exec.Command("ip", append([]string{"netns", "exec", space, program}, args...)...)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		n.t.Fatalf("%s %s: %v: %s", program, strings.Join(args, " "), err, out)
	}
}

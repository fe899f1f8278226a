package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/cli/client"
	syncing "rossgram.app/p2p/sync"
)

// How long an idle daemon is left alone, and then watched.
const (
	idleSettle = 100 * time.Second // it gives memory back when it was quiet for half a minute
	idleWatch  = 2 * time.Minute   // eight keep-alives of a QUIC connection
)

// What docs/protocol-network.md says of comparing heads.
const comparisonsADay = 2 * 24 * 6 // asked and answered, with one peer, every ten minutes

// BenchmarkIdle measures what a daemon costs while nothing is posted, some minutes
// after it was started in a home that has everything: CPU time, resident memory
// (VmRSS; of that, files are pages of the program and of the databases, which the
// system takes back when it wants), and traffic. Its peers are nodes in this
// process, half of them connected by QUIC and the others by TCP, each of which
// holds and listens to some of the accounts; the daemon has them all.
//
// Traffic is IP packets from and to the daemon's ports for peers, headers
// included, on the loopback device, which takes CAP_NET_RAW to see. What passes
// while the daemon is watched is extrapolated to a day. Comparisons of heads are
// too rare for that, so one of all accounts is measured by itself, and a day has
// as many as comparisonsADay; those that happened to be watched are taken off.
func BenchmarkIdle(b *testing.B) {
	program := buildProgram(b)
	for _, size := range []struct{ follows, nodes, each int }{{100, 10, 20}, {1000, 64, 200}} {
		b.Run(fmt.Sprintf("follows=%d/connected=%d", size.follows, size.nodes), func(b *testing.B) {
			w := newWorld(b, size.follows)
			p := performProgram(b, program, filepath.Join(b.TempDir(), "anna"), alsoQUIC...)
			w.follow(b, p)
			for i := range size.nodes {
				w.addNode(b, size.each, i%2 == 0)
			}
			w.connect(b, p)
			w.arrive(b, p)
			p = w.restart(b, program, p)
			packets := openWire(b, peerPorts(b, p))
			time.Sleep(idleSettle)
			for b.Loop() {
				w.watchIdle(b, p, packets)
			}
		})
	}
}

var alsoQUIC = []string{"--listen", "/ip4/127.0.0.1/udp/0/quic-v1"}

// restart starts a daemon again, as with the machine it runs on: what fetching a
// thousand accounts left in memory is gone.
func (w *world) restart(b *testing.B, program string, p *performer) *performer {
	b.Helper()
	p.end(syscall.SIGTERM)
	p = performProgram(b, program, p.home, alsoQUIC...)
	w.connect(b, p)
	return p
}

// follow makes a daemon follow all accounts.
func (w *world) follow(b *testing.B, p *performer) {
	b.Helper()
	for _, account := range w.accounts {
		_, err := p.cl.Follow(b.Context(), account.String())
		check(b, err)
	}
}

// arrive waits until a daemon has what its peers hold.
func (w *world) arrive(b *testing.B, p *performer) {
	b.Helper()
	eventually(b, func() (bool, error) {
		time.Sleep(time.Second) // listing them is work
		follows, err := p.cl.Follows(b.Context())
		missing := slices.DeleteFunc(follows, func(f client.Follow) bool { return f.Phase == client.Current })
		return len(missing) == w.unheld(), err
	})
}

func (w *world) watchIdle(b *testing.B, p *performer, packets *wire) {
	b.Helper()
	pid := p.cmd.Process.Pid
	used, asked := cpuTime(b, pid), w.asked.Load()
	var moved int64
	if packets != nil {
		moved = packets.bytes()
	}
	time.Sleep(idleWatch)
	b.ReportMetric(100*(cpuTime(b, pid)-used).Seconds()/idleWatch.Seconds(), "%core")
	b.ReportMetric(float64(memory(b, pid, "VmRSS"))/1e6, "resident-MB")
	b.ReportMetric(float64(memory(b, pid, "RssFile"))/1e6, "of-it-files-MB")
	if packets == nil {
		b.Log("traffic is not measured: it takes CAP_NET_RAW")
		return
	}
	moved = packets.bytes() - moved
	asked = w.asked.Load() - asked
	one := w.compare(b, packets)
	quiet := float64(moved) - float64(asked)/float64(len(w.accounts))*float64(one)
	day := quiet*float64(24*time.Hour/idleWatch) + comparisonsADay*float64(one)
	b.ReportMetric(day/1e6, "MB/day")
	b.ReportMetric(float64(one)/1e3, "comparison-kB")
}

// compare has a node compare all heads with the daemon, which costs what it costs
// the daemon to ask, and returns how many bytes passed.
func (w *world) compare(b *testing.B, packets *wire) int64 {
	b.Helper()
	var known []syncing.Known
	for _, account := range w.accounts {
		known = append(known, syncing.Known{Account: account, Version: w.heads[account].Version()})
	}
	before := packets.bytes()
	_, err := w.nodes[0].sync.Heads(b.Context(), w.daemon, known)
	check(b, err)
	time.Sleep(100 * time.Millisecond) // acknowledgements
	return packets.bytes() - before
}

// peerPorts returns the ports at which a daemon's peers reach it.
func peerPorts(b *testing.B, p *performer) map[uint16]bool {
	b.Helper()
	info, err := p.cl.Node(b.Context())
	check(b, err)
	ports := make(map[uint16]bool)
	for _, text := range info.Addresses {
		at, err := ma.NewMultiaddr(text)
		check(b, err)
		for _, protocol := range []int{ma.P_TCP, ma.P_UDP} {
			if port, err := at.ValueForProtocol(protocol); err == nil {
				n, err := strconv.ParseUint(port, 10, 16)
				check(b, err)
				ports[uint16(n)] = true
			}
		}
	}
	return ports
}

// buildProgram builds the program as make does: this test's own is twice as large.
func buildProgram(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "rossgram")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "rossgram.app/cli/rossgram")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return program
}

// cpuTime returns what a process has used (proc(5), stat, fields 14 and 15, in
// ticks of 10 ms).
func cpuTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat := procFile(b, pid, "stat")
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// memory returns bytes of a process by the names of proc(5), status.
func memory(b *testing.B, pid int, name string) int64 {
	b.Helper()
	_, after, _ := strings.Cut(procFile(b, pid, "status"), "\n"+name+":")
	kb, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return kb << 10
}

func procFile(b *testing.B, pid int, name string) string {
	b.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), name))
	if os.IsNotExist(err) {
		b.Skip("this system has no /proc to read")
	}
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

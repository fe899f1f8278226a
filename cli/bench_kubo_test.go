package cli

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// kubo is one of Kubo's daemons, offline but for the peers it is told of.
type kubo struct {
	program string
	env     []string
	cmd     *exec.Cmd
}

// kuboConfig keeps it on loopback and away from everything that is not measured.
var kuboConfig = map[string]string{
	"Addresses.Swarm": `["/ip4/127.0.0.1/tcp/0"]`, "Addresses.API": `"/ip4/127.0.0.1/tcp/0"`, "Addresses.Gateway": `[]`,
	"Swarm.AddrFilters": `[]`, "Bootstrap": `[]`, "Routing.Type": `"none"`, "Routing.DelegatedRouters": `[]`,
	"Ipns.DelegatedPublishers": `[]`, "DNS.Resolvers": `{}`,
	"Discovery.MDNS.Enabled": `false`, "AutoTLS.Enabled": `false`, "AutoConf.Enabled": `false`,
}

// fetchKubo adds the files to one daemon and has another pin them. Both sync what
// they write, as ours do.
func fetchKubo(b *testing.B, program, files, dir string) time.Duration {
	b.Helper()
	from, to := startKubo(b, program, dir+"-from"), startKubo(b, program, dir+"-to")
	root := from.run(b, "add", "-Q", "-r", "--cid-version=1", "--raw-leaves", "--chunker=size-1048576", files)
	to.run(b, "swarm", "connect", strings.Fields(from.run(b, "id", "-f", "<addrs>"))[0])
	begun := time.Now()
	to.run(b, "pin", "add", "--progress=false", root)
	took := time.Since(begun)
	from.stop()
	to.stop()
	return took
}

func startKubo(b *testing.B, program, dir string) *kubo {
	b.Helper()
	k := &kubo{program: program, env: []string{"IPFS_PATH=" + dir, "IPFS_TELEMETRY=off"}}
	k.run(b, "init")
	for key, value := range kuboConfig {
		k.run(b, "config", "--json", key, value)
	}
	k.cmd = exec.Command(program, "daemon")
	k.cmd.Env = append(os.Environ(), k.env...)
	log, err := os.Create(dir + ".log")
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	k.cmd.Stdout, k.cmd.Stderr = log, log
	if err := k.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(k.stop)
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		said, err := os.ReadFile(log.Name())
		if err != nil {
			b.Fatal(err)
		}
		if strings.Contains(string(said), "Daemon is ready") {
			return k
		}
		if time.Now().After(deadline) {
			b.Fatalf("Kubo does not start: %s", said)
		}
	}
}

// stop ends the daemon; it may be stopped already.
func (k *kubo) stop() {
	if k.cmd.ProcessState != nil {
		return
	}
	_ = k.cmd.Process.Signal(syscall.SIGTERM)
	_ = k.cmd.Wait() // how it ends is not measured
}

func (k *kubo) run(b *testing.B, args ...string) string {
	b.Helper()
	return runProgram(b, k.env, k.program, args...)
}

// runProgram returns what a program prints.
func runProgram(b *testing.B, env []string, program string, args ...string) string {
	b.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.Stderr = append(os.Environ(), env...), &stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s %s: %v: %s", program, strings.Join(args, " "), err, &stderr)
	}
	return strings.TrimSpace(string(out))
}

package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

type daemonsKey struct{}

// daemons are those that one script runs, by the name of their home.
type daemons struct {
	mu      sync.Mutex
	running map[string]*process
}

// process is a running daemon.
type process struct {
	cmd   *exec.Cmd
	api   string
	err   bytes.Buffer
	ready chan string // its ready line; closed if it ended before
	done  chan struct{}
}

// startDaemon starts a daemon on free ports of loopback, with an account of the
// home's name, and waits until it is ready.
func startDaemon(program, home string, env []string, flags ...string) (*process, error) {
	cmd := exec.Command(program, append([]string{"--home", home, "daemon", "--init", "--name", filepath.Base(home),
		"--api-listen", "127.0.0.1:0", "--listen", "/ip4/127.0.0.1/tcp/0", "--bootstrap", "none", "--no-mdns", "--no-dht"}, flags...)...)
	cmd.Env = env
	return startProcess(cmd)
}

// startProcess starts a command that is a daemon, and waits until it is ready.
func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, ready: make(chan string, 1), done: make(chan struct{})}
	cmd.Stderr = &p.err
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go p.read(out)
	select {
	case line := <-p.ready:
		if line == "" {
			<-p.done
			return nil, fmt.Errorf("%v ended before it was ready: %s", cmd.Args, &p.err)
		}
		p.api = strings.TrimPrefix(strings.Fields(line)[1], "api=")
		return p, nil
	case <-time.After(patience):
		p.end(syscall.SIGKILL)
		return nil, fmt.Errorf("%v is not ready after %v: %s", cmd.Args, patience, &p.err)
	}
}

// read waits for the ready line and for the process.
func (p *process) read(out io.Reader) {
	defer close(p.done)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "ready api=") {
			p.ready <- lines.Text()
			break
		}
	}
	close(p.ready)
	_, _ = io.Copy(io.Discard, out)
	_ = p.cmd.Wait() // the exit code is the asker's business
}

// end signals a daemon, waits for it and returns its exit code.
func (p *process) end(sig syscall.Signal) int {
	_ = p.cmd.Process.Signal(sig)
	kill := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

func daemonsOf(ts *testscript.TestScript) *daemons { return ts.Value(daemonsKey{}).(*daemons) }

// start is the script's command daemon.
func (d *daemons) start(ts *testscript.TestScript, name string, flags []string) {
	p, err := startDaemon(rossgram(ts), ts.MkAbs(name), environment(ts), flags...)
	ts.Check(err)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running[name] = p
	ts.Setenv(name+"_api", p.api)
}

// take returns a daemon that is the script's no longer.
func (d *daemons) take(name string) *process {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.running[name]
	delete(d.running, name)
	return p
}

// stopAll ends what a script left running.
func (d *daemons) stopAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.running {
		p.end(syscall.SIGKILL)
	}
}

// rossgram returns the path of the command in the script's PATH.
func rossgram(ts *testscript.TestScript) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if path := filepath.Join(dir, "rossgram"); isFile(path) {
			return path
		}
	}
	ts.Fatalf("no rossgram in PATH")
	return ""
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// environment returns what testscript gives to exec.
func environment(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "GOCOVERDIR"} {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rossgram.app/cli/client"
	"rossgram.app/cli/internal/netns"
)

// inhabitant is somebody with a daemon on a machine of a small network.
type inhabitant struct {
	*netns.Machine
	program, name, home string
	p                   *process
}

// moveIn gives a machine a home with an account of that name.
func moveIn(t testing.TB, m *netns.Machine, name string) *inhabitant {
	t.Helper()
	program, err := exec.LookPath("rossgram") // see TestMain
	if err != nil {
		t.Fatal(err)
	}
	r := &inhabitant{Machine: m, program: program, name: name, home: filepath.Join(t.TempDir(), name)}
	t.Cleanup(func() {
		if r.p == nil {
			return
		}
		if t.Failed() {
			t.Logf("%s: %s", name, r.run(t, "status"))
		}
		r.stop(syscall.SIGTERM)
		if t.Failed() {
			t.Logf("%s said: %s", name, &r.p.err)
		}
	})
	return r
}

// start starts the daemon, which listens there and knows nobody.
func (r *inhabitant) start(t testing.TB, listen ...string) {
	t.Helper()
	args := []string{"--home", r.home, "daemon", "--init", "--name", r.name, "--api-listen", "127.0.0.1:0",
		"--bootstrap", "none", "--no-mdns", "--no-dht"}
	for _, l := range listen {
		args = append(args, "--listen", l)
	}
	cmd := r.Command(r.program, args...)
	cmd.Env = os.Environ()
	var err error
	if r.p, err = startProcess(cmd); err != nil {
		t.Fatal(err)
	}
}

func (r *inhabitant) stop(sig syscall.Signal) { r.p.end(sig) }

// run runs a command of rossgram and returns what it printed.
func (r *inhabitant) run(t testing.TB, args ...string) string {
	t.Helper()
	cmd := r.Command(r.program, append([]string{"--home", r.home}, args...)...)
	cmd.Env = os.Environ()
	var failure strings.Builder
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: rossgram %s: %v: %s%s", r.name, strings.Join(args, " "), err, out, &failure)
	}
	return string(out)
}

// ask runs a command with --json and reads its answer.
func (r *inhabitant) ask(t testing.TB, answer any, args ...string) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.run(t, append([]string{"--json"}, args...)...)), answer); err != nil {
		t.Fatal(err)
	}
}

func (r *inhabitant) node(t testing.TB) (n client.Node) {
	t.Helper()
	r.ask(t, &n, "status")
	return n
}

func (r *inhabitant) peers(t testing.TB) (list []client.Peer) {
	t.Helper()
	r.ask(t, &list, "peers")
	return list
}

func (r *inhabitant) invite(t testing.TB) string {
	t.Helper()
	var i struct{ Invite string }
	r.ask(t, &i, "invite")
	return i.Invite
}

// sees reports whether a post with these words is in the feed.
func (r *inhabitant) sees(t testing.TB, words string) bool {
	t.Helper()
	return strings.Contains(r.run(t, "feed"), words)
}

// soon polls until done.
func soon(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * patience); !done(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

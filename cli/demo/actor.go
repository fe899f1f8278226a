package demo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"rossgram.app/cli/client"
)

// stopWithin is how long a daemon may take to stop before it is killed.
const stopWithin = 6 * time.Second

// actor is one person's node: a daemon and a client of it.
type actor struct {
	name, acct string
	cl         *client.Client
	daemon     *exec.Cmd
	log        *os.File      // its stderr
	drained    chan struct{} // closed when its stdout ended
}

// hire starts a daemon and waits until it is ready.
func (p *Play) hire(ctx context.Context, name string) (*actor, error) {
	home := filepath.Join(p.dir, name)
	a := &actor{name: name, drained: make(chan struct{})}
	a.daemon = exec.CommandContext(context.WithoutCancel(ctx), p.Program, "--home", home, "daemon", "--init", "--name", name,
		"--api-listen", "127.0.0.1:0", "--listen", "/ip4/127.0.0.1/tcp/0", "--bootstrap", "none", "--no-mdns", "--no-dht")
	a.daemon.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "ROSSGRAM_") })
	var err error
	if a.log, err = os.Create(home + ".log"); err != nil {
		return nil, err
	}
	a.daemon.Stderr = a.log
	out, err := a.daemon.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := a.daemon.Start(); err != nil {
		return nil, err
	}
	if err := a.greet(ctx, home, a.listen(out)); err != nil {
		return nil, errors.Join(fmt.Errorf("%s does not start: %w", name, err), a.stop())
	}
	return a, nil
}

// listen reads a daemon's stdout to its end and hands on the address that its
// ready line names.
func (a *actor) listen(out io.Reader) <-chan string {
	ready := make(chan string, 1)
	go func() {
		defer close(a.drained)
		defer close(ready)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if rest, ok := strings.CutPrefix(lines.Text(), "ready api="); ok {
				api, _, _ := strings.Cut(rest, " ")
				ready <- api
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
	}()
	return ready
}

// greet makes the client once the daemon is ready.
func (a *actor) greet(ctx context.Context, home string, ready <-chan string) error {
	var api string
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case api = <-ready:
	}
	if api == "" {
		return errors.New("it ended before it was ready")
	}
	token, err := os.ReadFile(filepath.Join(home, "token"))
	if err != nil {
		return err
	}
	if a.cl, err = client.New(api, strings.TrimSpace(string(token))); err != nil {
		return err
	}
	node, err := a.cl.Node(ctx)
	a.acct = node.Account.Acct
	return err
}

// stop ends the daemon, kindly first, and returns what it said if it failed.
func (a *actor) stop() error {
	if a.cl != nil {
		a.cl.Close()
	}
	_ = a.daemon.Process.Signal(syscall.SIGTERM) // it may be gone already: Ctrl-C reaches it too
	kill := time.AfterFunc(stopWithin, func() { _ = a.daemon.Process.Kill() })
	defer kill.Stop()
	<-a.drained
	err := a.daemon.Wait()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", a.name, err, a.lastWords())
	}
	return errors.Join(err, a.log.Close())
}

// lastWords returns the end of what the daemon logged.
func (a *actor) lastWords() []byte {
	end, err := a.log.Seek(0, io.SeekEnd)
	if err != nil {
		return nil
	}
	words := make([]byte, min(end, 1000))
	n, _ := a.log.ReadAt(words, end-int64(len(words)))
	return bytes.TrimSpace(words[:n])
}

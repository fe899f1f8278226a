package store_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// Some tests need a process of their own: the test binary starts itself with
// one of these tasks.
const taskVariable = "ROSSGRAM_STORE_TEST_TASK"

var tasks = map[string]func(home string) error{
	"publish": publishUntilKilled,
	"idle":    idleUntilKilled,
}

func TestMain(m *testing.M) {
	task, ok := tasks[os.Getenv(taskVariable)]
	if !ok {
		// A run of the model opens homes, which takes a while; the command line
		// may ask for more.
		if err := flag.Set("rapid.checks", "25"); err != nil {
			panic(err)
		}
		os.Exit(m.Run())
	}
	if err := task(os.Args[len(os.Args)-1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child starts a task and returns it with the lines it writes.
func child(t *testing.T, task, home string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	exe, err := os.Executable()
	check(t, err)
	cmd := exec.Command(exe, home)
	cmd.Env = append(os.Environ(), taskVariable+"="+task)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

// kill ends a child at once and waits for it.
func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	check(t, cmd.Process.Kill())
	if err := cmd.Wait(); err == nil {
		t.Error("the child had ended by itself")
	}
}

// idleUntilKilled opens a home and prints by how many bytes that made the
// process grow.
func idleUntilKilled(home string) error {
	before, err := residentBytes()
	if err != nil {
		return err
	}
	s, err := store.Open(context.Background(), home, small)
	if err != nil {
		return err
	}
	defer s.Close()
	debug.FreeOSMemory()
	after, err := residentBytes()
	if err != nil {
		return err
	}
	fmt.Println(after - before)
	time.Sleep(time.Hour)
	return nil
}

func TestIdleIsSmall(t *testing.T) {
	if _, err := residentBytes(); err != nil {
		t.Skip("no /proc/self/status here")
	}
	home := t.TempDir()
	s := open(t, home)
	fill(t, s, 20_000)
	for i := range 40 {
		check(t, s.Put(t.Context(), raw(uint64(1<<40+i), content.MaxBlockSize)))
	}
	check(t, s.Close())
	cmd, lines := child(t, "idle", home)
	defer kill(t, cmd)
	if !lines.Scan() {
		t.Fatal("the child said nothing")
	}
	var grown int64
	_, err := fmt.Sscan(lines.Text(), &grown)
	check(t, err)
	t.Logf("an open home of 20,000 posts takes %d KiB of memory", grown>>10)
	if grown > 48<<20 {
		t.Errorf("%d MiB are resident", grown>>20)
	}
}

package cli

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run this test's own binary as rossgram: each command and
// each daemon is a process of its own, as a user's are. Scripts wait more than they
// compute, so more of them run at a time than there are cores.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){
		"rossgram": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// patience is how long a script waits for what other processes do. It is for
// slow machines: nothing is measured with it.
const patience = 60 * time.Second

// TestScripts runs the transcripts in testdata. Beside testscript's commands
// there are those of [scriptCommands].
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Cmds:                scriptCommands(),
	})
}

// TestScriptsRunToTheirEnd: stop is testscript's own and ends a script there and
// then, whatever would have failed behind it.
func TestScriptsRunToTheirEnd(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	for _, name := range scripts {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if regexp.MustCompile(`(?m)^stop\b`).Match(text) {
			t.Errorf("%s ends at its stop: a daemon is stopped by quit", name)
		}
	}
}

// setup draws the photos that scripts post and gives each script its daemons.
func setup(env *testscript.Env) error {
	if err := drawPhotos(env.WorkDir); err != nil {
		return err
	}
	d := &daemons{running: map[string]*process{}}
	env.Values[daemonsKey{}] = d
	env.Defer(d.stopAll)
	for _, name := range []string{"ROSSGRAM_HOME", "ROSSGRAM_API", "ROSSGRAM_TOKEN", "XDG_DATA_HOME"} {
		env.Setenv(name, "")
	}
	return nil
}

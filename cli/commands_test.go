package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/rogpeppe/go-internal/testscript"

	"rossgram.app/content"
)

// scriptCommands are what scripts have beside testscript's own commands:
//
//	daemon NAME [FLAG…]        start a daemon with the home NAME, wait until it is ready, set $NAME_api
//	quit NAME, kill9 NAME      end it: SIGTERM, which must exit with 0, or SIGKILL
//	[!] waitfor REGEXP WORD…   run a rossgram command until its output matches (does not match)
//	exits CODE WORD…           run a rossgram command that must exit so
//	cut DURATION WORD…         run it and kill it after that long, if it has not ended
//	until CODE REGEXP WORD…    run it until it exits so and its stderr matches
//	capture VAR [PATH]         keep stdout, or a field of its JSON such as photos.0.source.cid
//	fetch URL FILE             what a browser gets from an open route
//	letin VAR NAME APP         an app signs in at the daemon NAME, whose owner allows it; VAR is its token
//	tootin NAME                toot, which must be installed, signs in at the daemon NAME
//	[!] names CID FILE         whether the CID's SHA-256 is the file's
//	mode OCTAL FILE            whether the file has these rights
//	forge VAR TEXT             TEXT with its last character changed
func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"daemon": func(ts *testscript.TestScript, _ bool, a []string) { daemonsOf(ts).start(ts, a[0], a[1:]) },
		"quit":   func(ts *testscript.TestScript, _ bool, a []string) { end(ts, a[0], syscall.SIGTERM, 0) },
		"kill9":  func(ts *testscript.TestScript, _ bool, a []string) { end(ts, a[0], syscall.SIGKILL, -1) },

		"waitfor": waitFor, "exits": exits, "cut": cut, "until": until, "capture": capture, "fetch": fetch, "letin": letIn, "tootin": tootIn,
		"names": names, "mode": mode, "forge": forge,
	}
}

func end(ts *testscript.TestScript, name string, sig syscall.Signal, want int) {
	p := daemonsOf(ts).take(name)
	if p == nil {
		ts.Fatalf("no daemon %s runs", name)
	}
	begun := time.Now()
	if code := p.end(sig); code != want {
		ts.Fatalf("%s exits with %d, want %d: %s", name, code, want, &p.err)
	}
	ts.Logf("ended after %v", time.Since(begun).Round(time.Millisecond))
}

// rossgramNow runs a command once.
func rossgramNow(ts *testscript.TestScript, args []string) (stdout, stderr string, code int) {
	cmd := exec.Command(rossgram(ts), args...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), environment(ts)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	if e := cmd.Run(); e != nil && cmd.ProcessState == nil {
		ts.Fatalf("rossgram does not run: %v", e)
	}
	return out.String(), err.String(), cmd.ProcessState.ExitCode()
}

// waitFor leaves the last output as stdout.
func waitFor(ts *testscript.TestScript, neg bool, a []string) {
	re := regexp.MustCompile("(?m)" + a[0])
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		out, err, code := rossgramNow(ts, a[1:])
		if re.MatchString(out) != neg && code == 0 {
			fmt.Fprint(ts.Stdout(), out)
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("after %v rossgram %s prints %q %q", patience, strings.Join(a[1:], " "), out, err)
		}
	}
}

func exits(ts *testscript.TestScript, _ bool, a []string) {
	out, err, code := rossgramNow(ts, a[1:])
	fmt.Fprint(ts.Stdout(), out)
	fmt.Fprint(ts.Stderr(), err)
	if strconv.Itoa(code) != a[0] {
		ts.Fatalf("exit code %d, want %s: %s%s", code, a[0], out, err)
	}
}

func cut(ts *testscript.TestScript, _ bool, a []string) {
	after, err := time.ParseDuration(a[0])
	ts.Check(err)
	cmd := exec.Command(rossgram(ts), a[1:]...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), environment(ts)
	ts.Check(cmd.Start())
	kill := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	_ = cmd.Wait() // it was killed, or it ended: both may be
}

func until(ts *testscript.TestScript, _ bool, a []string) {
	re := regexp.MustCompile(a[1])
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		out, err, code := rossgramNow(ts, a[2:])
		if strconv.Itoa(code) == a[0] && re.MatchString(err) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("after %v rossgram %s exits with %d: %q %q", patience, strings.Join(a[2:], " "), code, out, err)
		}
	}
}

func capture(ts *testscript.TestScript, _ bool, a []string) {
	text := strings.TrimSpace(ts.ReadFile("stdout"))
	if len(a) == 1 {
		ts.Setenv(a[0], text)
		return
	}
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	ts.Check(d.Decode(&v))
	for _, step := range strings.Split(a[1], ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			i, err := strconv.Atoi(step)
			ts.Check(err)
			if i >= len(at) {
				ts.Fatalf("%s has no %s: %s", a[1], step, text)
			}
			v = at[i]
		}
	}
	if v == nil {
		ts.Fatalf("there is no %s in %s", a[1], text)
	}
	ts.Setenv(a[0], fmt.Sprint(v))
}

func fetch(ts *testscript.TestScript, _ bool, a []string) {
	res, err := http.Get(a[0])
	ts.Check(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	ts.Check(err)
	if res.StatusCode != http.StatusOK {
		ts.Fatalf("%s answers %s: %s", a[0], res.Status, b)
	}
	ts.Check(os.WriteFile(ts.MkAbs(a[1]), b, 0o666))
}

func names(ts *testscript.TestScript, neg bool, a []string) {
	want, err := cid.Decode(a[0])
	ts.Check(err)
	if got := content.Sum(content.Raw, []byte(ts.ReadFile(a[1]))); got.Equals(want) == neg {
		ts.Fatalf("%s is %s", a[1], got)
	}
}

func mode(ts *testscript.TestScript, _ bool, a []string) {
	info, err := os.Stat(ts.MkAbs(a[1]))
	ts.Check(err)
	if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != a[0] {
		ts.Fatalf("%s has the rights %s, want %s", a[1], got, a[0])
	}
}

func forge(ts *testscript.TestScript, _ bool, a []string) {
	last := a[1][len(a[1])-1]
	if last == 'a' {
		last = 'b'
	} else {
		last = 'a'
	}
	ts.Setenv(a[0], a[1][:len(a[1])-1]+string(last))
}

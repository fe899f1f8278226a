package daemon_test

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/daemon"
)

// newHome makes a home with an account.
func newHome(t *testing.T, name string) string {
	t.Helper()
	home := filepath.Join(t.TempDir(), name)
	if _, err := daemon.Init(t.Context(), home, daemon.InitOptions{Name: name}); err != nil {
		t.Fatal(err)
	}
	return home
}

// loopback is a configuration that bothers nobody.
func loopback(t *testing.T, home string) daemon.Config {
	t.Helper()
	cfg := daemon.DefaultConfig(home)
	cfg.API.Listen = "127.0.0.1:0"
	cfg.Network.Listen = []string{"/ip4/127.0.0.1/tcp/0"}
	cfg.Network.MDNS = false
	return cfg
}

func open(t *testing.T, cfg daemon.Config) *daemon.Node {
	t.Helper()
	n, err := daemon.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func wantKind(t *testing.T, err error, kind content.Kind, words string) {
	t.Helper()
	if err == nil || content.KindOf(err) != kind || !strings.Contains(content.Message(err), words) {
		t.Errorf("%v (%v), want %v with %q", err, content.KindOf(err), kind, words)
	}
}

// status returns what a route answers to a caller with the home's own token.
func status(t *testing.T, n *daemon.Node, home, path string) int {
	t.Helper()
	api, _ := n.Ready()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := os.ReadFile(filepath.Join(home, "token"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestANodeServesUntilItIsClosedAndLeavesNothingRunning(t *testing.T) {
	home := newHome(t, "anna")
	before := runtime.NumGoroutine()
	n, err := daemon.Open(t.Context(), loopback(t, home))
	if err != nil {
		t.Fatal(err)
	}
	if code := status(t, n, home, "/api/v1/accounts/verify_credentials"); code != http.StatusOK {
		t.Errorf("status %d", code)
	}
	running, err := daemon.ReadRunning(home)
	if api, peer := n.Ready(); err != nil || running.API != api || running.PeerID != peer || running.PID != os.Getpid() {
		t.Errorf("%+v, %v", running, err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	if err := n.Wait(); err != nil {
		t.Error(err)
	}
	_, err = daemon.ReadRunning(home)
	wantKind(t, err, content.NotFound, "no daemon runs")
	if _, err := os.Stat(filepath.Join(home, "token")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the token is left behind: %v", err)
	}
	http.DefaultClient.CloseIdleConnections()
	for deadline := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before+3; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			var stacks bytes.Buffer
			buf := make([]byte, 1<<20)
			stacks.Write(buf[:runtime.Stack(buf, true)])
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, &stacks)
		}
	}
}

// The libraries below start a few goroutines for the process, such as badger's and
// wazero's caches; the test above allows for three of them.

func TestAHomeHasOneDaemon(t *testing.T) {
	home := newHome(t, "anna")
	open(t, loopback(t, home))
	_, err := daemon.Open(t.Context(), loopback(t, home))
	wantKind(t, err, content.Conflict, "pid")
	_, err = daemon.VerifyHome(t.Context(), home, func(int, int64) {})
	wantKind(t, err, content.Conflict, "pid")
}

func TestPortsThatAreTakenAreNamed(t *testing.T) {
	n := open(t, loopback(t, newHome(t, "anna")))
	api, _ := n.Ready()
	cfg := loopback(t, newHome(t, "ben"))
	cfg.API.Listen = strings.TrimPrefix(api, "http://")
	_, err := daemon.Open(t.Context(), cfg)
	wantKind(t, err, content.Unavailable, cfg.API.Listen+" is in use")
	cfg = loopback(t, cfg.Home) // what had been opened is closed again
	open(t, cfg)
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	home := newHome(t, "anna")
	for words, change := range map[string]func(*daemon.Config){
		"network.listen":    func(c *daemon.Config) { c.Network.Listen = []string{"0.0.0.0:7671"} },
		"network.bootstrap": func(c *daemon.Config) { c.Network.Bootstrap = []string{"/ip4/127.0.0.1/tcp/1"} },
	} {
		cfg := loopback(t, home)
		change(&cfg)
		_, err := daemon.Open(t.Context(), cfg)
		wantKind(t, err, content.Invalid, words)
	}
}

func TestInitIsOnceAndTheNameIsChecked(t *testing.T) {
	home := newHome(t, "anna")
	_, err := daemon.Init(t.Context(), home, daemon.InitOptions{Name: "anna"})
	wantKind(t, err, content.Exists, "already")
	other := filepath.Join(t.TempDir(), "other")
	_, err = daemon.Init(t.Context(), other, daemon.InitOptions{Name: strings.Repeat("x", 65)})
	wantKind(t, err, content.TooLarge, "name")
	if _, err := os.Stat(other); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a home was made all the same: %v", err)
	}
}

// An init that was interrupted behind its keys leaves an account without a
// profile: the node makes it one, and serves.
func TestAnInterruptedInitIsMadeUpFor(t *testing.T) {
	home := t.TempDir()
	phrase, err := keys.NewPhrase()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.CreateKeyring(filepath.Join(home, "accounts"), phrase, false, time.Now()); err != nil {
		t.Fatal(err)
	}
	n := open(t, loopback(t, home))
	if code := status(t, n, home, "/api/v1/accounts/verify_credentials"); code != http.StatusOK {
		t.Errorf("status %d", code)
	}
}

func TestALooseHomeIsRefusedWithTheCommandThatMendsIt(t *testing.T) {
	home := newHome(t, "anna")
	if err := os.Chmod(home, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := daemon.Open(t.Context(), loopback(t, home))
	wantKind(t, err, content.Permission, "chmod 700 '"+home+"'")
}

// A folder where the index's database was is all it takes to lose the index: the
// next start makes it anew.
func TestAnIndexThatIsLostIsMadeAnew(t *testing.T) {
	home := newHome(t, "anna")
	if err := os.RemoveAll(filepath.Join(home, "index")); err != nil {
		t.Fatal(err)
	}
	n := open(t, loopback(t, home))
	if code := status(t, n, home, "/api/v1/accounts/verify_credentials"); code != http.StatusOK {
		t.Errorf("status %d", code)
	}
}

func TestWarningsGoToTheLogThatIsGiven(t *testing.T) {
	var log bytes.Buffer
	cfg := loopback(t, newHome(t, "anna"))
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	cfg.Network.Listen = append(cfg.Network.Listen, "/ip4/203.0.113.1/tcp/0") // not an address of this machine
	open(t, cfg)
	if !strings.Contains(log.String(), "203.0.113.1") {
		t.Errorf("logged: %s", &log)
	}
}

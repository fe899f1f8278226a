package cli

import (
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestNodeBehindReverseProxy has a node listen for WebSocket on loopback, behind a
// web server with HTTPS, and be told of under the web server's address.
func TestNodeBehindReverseProxy(t *testing.T) {
	program, err := exec.LookPath("rossgram") // see TestMain
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	env := os.Environ()
	run := func(home string, args ...string) string {
		t.Helper()
		cmd := exec.Command(program, append([]string{"--home", filepath.Join(dir, home)}, args...)...)
		cmd.Env = env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", args, err, out)
		}
		return string(out)
	}
	start := func(home string, flags ...string) {
		t.Helper()
		p, err := startDaemon(program, filepath.Join(dir, home), env, flags...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.end(syscall.SIGTERM) })
	}
	start("anna", "--listen", "/ip4/127.0.0.1/tcp/0/ws")
	var node struct {
		PeerID    string   `json:"peer_id"`
		Addresses []string `json:"addresses"`
	}
	if err := json.Unmarshal([]byte(run("anna", "--json", "status")), &node); err != nil {
		t.Fatal(err)
	}
	behind := ""
	for _, a := range node.Addresses {
		if before, _, ok := strings.Cut(a, "/ws/p2p/"); ok {
			behind = "http://127.0.0.1:" + before[strings.LastIndex(before, "/")+1:]
		}
	}
	target, err := url.Parse(behind)
	if err != nil || target.Port() == "" {
		t.Fatalf("no WebSocket among %v", node.Addresses)
	}
	web := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(target))
	t.Cleanup(web.Close)
	authority := filepath.Join(dir, "authority.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	env = append(env, "SSL_CERT_FILE="+authority)
	outside, _ := url.Parse(web.URL)
	start("ben")
	said := run("ben", "connect", "/ip4/127.0.0.1/tcp/"+outside.Port()+"/tls/sni/example.com/ws/p2p/"+node.PeerID)
	if !strings.Contains(said, "connected to "+node.PeerID) {
		t.Error(said)
	}
	if peers := run("ben", "peers"); !strings.Contains(peers, "/ws") {
		t.Errorf("connected otherwise: %s", peers)
	}
}

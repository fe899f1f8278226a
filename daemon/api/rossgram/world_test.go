package rossgram_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rossgram.app/daemon"
	"rossgram.app/daemon/api/internal/apitest"
)

const ours = "/api/rossgram/v1/"

// patience is how long a test waits for what must happen.
const patience = time.Minute

// person is somebody with a node, as their programs see it.
type person struct {
	*apitest.Client
	t    *testing.T
	home string
	node *daemon.Node
}

// newPerson starts a node on loopback, which ends with the test.
func newPerson(t *testing.T, name string, change ...func(*daemon.Config)) *person {
	t.Helper()
	home := filepath.Join(t.TempDir(), name)
	apitest.Must(daemon.Init(t.Context(), home, daemon.InitOptions{Name: name, KeepPhrase: true}))(t)
	cfg := daemon.DefaultConfig(home)
	cfg.API.Listen, cfg.Network.Listen, cfg.Network.MDNS = "127.0.0.1:0", []string{"/ip4/127.0.0.1/tcp/0"}, false
	for _, f := range change {
		f(&cfg)
	}
	node := apitest.Must(daemon.Open(t.Context(), cfg))(t)
	api, _ := node.Ready()
	token := apitest.Must(os.ReadFile(filepath.Join(home, "token")))(t)
	p := &person{apitest.Dial(t, api, strings.TrimSpace(string(token))), t, home, node}
	t.Cleanup(func() { apitest.Check(t, p.node.Close()) })
	return p
}

// nodeState is what tests look at in GET node.
type nodeState struct {
	PeerID    string `json:"peer_id"`
	API       string
	Addresses []string
	Account   struct {
		DID, Acct, Name string
		Head            struct{ Rev, CID string }
	}
	Peers int
	DHT   struct {
		Mode             string
		Peers, Published int
		LastSuccess      *string `json:"last_success"`
	}
	Follows struct{ Total, Current int }
	Memory  struct {
		Resident int64 `json:"resident_bytes"`
	}
	Disk struct {
		Blocks   int64 `json:"blocks_bytes"`
		Free     int64 `json:"free_bytes"`
		Accounts []struct {
			Acct  string
			Own   bool
			Bytes int64
		}
	}
	Warnings []struct{ Code, Message string }
}

func (p *person) state() nodeState {
	p.t.Helper()
	var n nodeState
	p.Get(ours+"node").Want(p.t, http.StatusOK).JSON(p.t, &n)
	return n
}

// invite returns an invite to follow p.
func (p *person) invite() string {
	p.t.Helper()
	var i struct{ Invite string }
	p.Do(http.MethodPost, ours+"invites", nil).Want(p.t, http.StatusOK).JSON(p.t, &i)
	return i.Invite
}

type followState struct {
	DID, Acct, Name, Phase, Rev, Error string
	AccountID                          string  `json:"account_id"`
	LastContactAt                      *string `json:"last_contact_at"`
	Files                              struct{ Done, Total, Bytes int }
}

// follow follows by invite and waits until all is here.
func (p *person) follow(invite string) followState {
	p.t.Helper()
	var f followState
	p.Do(http.MethodPost, ours+"follows", map[string]string{"who": invite}).Want(p.t, http.StatusAccepted).JSON(p.t, &f)
	p.until("the follow is current", func() bool {
		p.Get(ours+"follows/"+f.DID).Want(p.t, http.StatusOK).JSON(p.t, &f)
		return f.Phase == "current"
	})
	return f
}

func (p *person) until(what string, done func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("%s: not in %v", what, patience)
		}
	}
}

// refused ends the test unless an answer is a failure that says certain words.
func refused(t *testing.T, a apitest.Answer, status int, words string) {
	t.Helper()
	var e struct {
		Error string `json:"error_description"`
	}
	a.Want(t, status).JSON(t, &e)
	if !strings.Contains(e.Error, words) {
		t.Errorf("refused with %q, want %q in it", e.Error, words)
	}
}

// happening is one event.
type happening struct {
	kind string
	data map[string]any
}

// listen returns a channel of the events from now on, closed with the stream.
func (p *person) listen(c *apitest.Client) <-chan happening {
	p.t.Helper()
	res := c.Open(http.MethodGet, ours+"events", nil)
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || kind != "text/event-stream" {
		p.t.Fatalf("status %d, %s", res.StatusCode, kind)
	}
	lines, events := bufio.NewScanner(res.Body), make(chan happening, 1000)
	lines.Scan() // the comment that it begins with: from here on nothing is missed
	go func() {
		defer close(events)
		defer res.Body.Close()
		var e happening
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "event":
				e = happening{kind: value}
			case "data":
				if json.Unmarshal([]byte(value), &e.data) == nil {
					events <- e
				}
			}
		}
	}()
	return events
}

// next waits for an event that is wanted; false if the stream ends first.
func next(t *testing.T, events <-chan happening, wanted func(happening) bool) (happening, bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case e, open := <-events:
			if !open || wanted(e) {
				return e, open
			}
		case <-deadline:
			t.Fatal("nothing of the kind happened")
		}
	}
}

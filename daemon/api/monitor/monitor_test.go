package monitor_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/internal/apitest"
	"rossgram.app/daemon/api/monitor"
	"rossgram.app/daemon/budget"
	"rossgram.app/daemon/follow"
	"rossgram.app/p2p"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/exchange"
)

// watched is a node that is watched over.
type watched struct {
	*apitest.Node
	client *apitest.Client
	ready  atomic.Bool
}

func newWatched(t *testing.T) *watched {
	t.Helper()
	w := &watched{Node: apitest.New(t, "Anna")}
	key := apitest.Must(p2p.LoadOrCreateKey(t.TempDir() + "/node.key"))(t)
	host := apitest.Must(p2p.New(t.Context(), p2p.Config{Key: key, Listen: p2p.ListenOn(netip.MustParseAddrPort("127.0.0.1:0"))}))(t)
	t.Cleanup(func() { apitest.Check(t, host.Close()) })
	apitest.Check(t, host.Listen())
	x := apitest.Must(exchange.New(host.Libp2p(), exchange.Config{Published: w.Store.Published()}))(t)
	t.Cleanup(func() { apitest.Check(t, x.Close()) })
	announcer := apitest.Must(announce.New(host.Libp2p(), announce.Config{Verify: repo.VerifyHead, Judge: judge{}}))(t)
	t.Cleanup(func() { apitest.Check(t, announcer.Close()) })
	limits := apitest.Must(budget.Open(t.Context(), budget.Parts{Store: w.Store, Replica: w.Replica, Now: time.Now, Traffic: host.Bandwidth}))(t)
	m := monitor.New(monitor.Parts{
		Store: w.Store, Host: host, Budget: limits, Exchange: x, Announce: announcer, Version: "1.2.3",
		Follow: follow.New(follow.Parts{Store: w.Store, Host: host, Log: slog.New(slog.DiscardHandler)}),
		Ready:  func() bool { return w.ready.Load() },
	})
	m.Routes(w.Router)
	w.Router.Mount("GET /photo/{name}", http.HandlerFunc(photo))
	server := httptest.NewServer(m.Measure(w.Router))
	t.Cleanup(server.Close)
	w.client = apitest.Dial(t, server.URL, w.Token)
	return w
}

// photo is a route that hands out some photos.
func photo(w http.ResponseWriter, req *http.Request) {
	if req.PathValue("name") == "none" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	fmt.Fprint(w, "a photo")
	if err := http.NewResponseController(w).Flush(); err != nil {
		panic(err) // events could not be streamed
	}
	if req.PathValue("name") == "cut" {
		panic(http.ErrAbortHandler)
	}
}

type judge struct{}

func (judge) Judge(content.Head) announce.Verdict { return announce.Known }

func TestFiguresNeedAToken(t *testing.T) {
	w := newWatched(t)
	w.client.With("").Get("/metrics").Want(t, http.StatusUnauthorized)
	w.client.With(w.TokenFor("write")).Get("/metrics").Want(t, http.StatusForbidden)
	w.client.With(w.TokenFor(access.Read)).Get("/metrics").Want(t, http.StatusOK)
}

func TestTheFiguresOfANode(t *testing.T) {
	w := newWatched(t)
	a := w.client.Get("/metrics").Want(t, http.StatusOK)
	if kind := a.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
		t.Errorf("Content-Type: %s", kind)
	}
	for _, want := range []string{
		`rossgram_build_info{version="1.2.3"} 1`,
		`rossgram_peers 0`,
		`rossgram_follows{phase="unreachable"} 0`,
		`rossgram_network_bytes_total{direction="in"} 0`,
		`rossgram_exchange_blocks_total{direction="out"} 0`,
		`rossgram_exchange_bytes_total{direction="in"} 0`,
		`rossgram_announcements_total{result="rejected"} 0`,
		`rossgram_store_bytes{database="blocks"} [1-9]`,
		`rossgram_disk_free_bytes [1-9]`,
		`go_goroutines [1-9]`,
		`process_resident_memory_bytes [1-9]`,
	} {
		if !regexp.MustCompile(`(?m)^` + want).Match(a.Body) {
			t.Errorf("there is no %s", want)
		}
	}
}

func TestRequestsAreCountedByRouteAndNotByPath(t *testing.T) {
	w := newWatched(t)
	for i := range 3 {
		w.client.Get(fmt.Sprintf("/photo/secret-%d", i)).Want(t, http.StatusOK)
		w.client.Get(fmt.Sprintf("/nowhere/%d", i)).Want(t, http.StatusNotFound)
	}
	w.client.Get("/photo/none").Want(t, http.StatusNotFound)
	if a := w.client.Get("/photo/cut"); a.Err == nil {
		t.Error("a cut answer looks whole")
	}
	count := func(route string, status int) string {
		return fmt.Sprintf(`rossgram_http_request_duration_seconds_count{route="%s",status="%d"} `, route, status)
	}
	var text string
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		text = string(w.client.Get("/metrics").Want(t, http.StatusOK).Body)
		if strings.Contains(text, count("GET /photo/{name}", 200)+"4") || time.Now().After(deadline) {
			break // an answer is counted when it has ended, which its reader may notice before
		}
	}
	for _, want := range []string{
		count("GET /photo/{name}", 200) + "4\n", count("GET /photo/{name}", 404) + "1\n", count("none", 404) + "3\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if strings.Contains(text, "secret") || strings.Contains(text, "nowhere") || strings.Contains(text, w.Owner.String()) {
		t.Error("the figures say who asked for what")
	}
}

func TestAnybodyMaySeeWhetherTheNodeServes(t *testing.T) {
	w := newWatched(t)
	stranger := w.client.With("")
	for range 400 { // more than the allowance of other open routes
		stranger.Get("/healthz").Want(t, http.StatusOK)
	}
	stranger.Get("/readyz").Want(t, http.StatusServiceUnavailable)
	w.ready.Store(true)
	stranger.Get("/readyz").Want(t, http.StatusOK)
}

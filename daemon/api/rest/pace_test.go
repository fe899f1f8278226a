package rest

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are pipes, so that a test's clock is the
// one that deadlines go by.
type pipes struct{ conns chan net.Conn }

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (p pipes) Close() error   { close(p.conns); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// dial serves one endpoint at POST / and returns a connection to it.
func dial(t *testing.T, e Endpoint) net.Conn {
	router := New(nil, Hosts{Names: []string{"node"}}, slog.New(slog.DiscardHandler))
	router.Open("POST /", e)
	at := pipes{make(chan net.Conn, 1)}
	server := &http.Server{Handler: router, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	ended := make(chan error)
	go func() { ended <- server.Serve(at) }()
	here, there := net.Pipe()
	at.conns <- there
	t.Cleanup(func() {
		here.Close()
		server.Close()
		<-ended
	})
	return here
}

const head = "POST / HTTP/1.1\r\nHost: node\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n"

func send(t *testing.T, c net.Conn, s string) {
	t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		t.Fatal(err)
	}
}

func TestACallerWhoStandsStillIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := make(chan error, 1)
		c := dial(t, func(_ context.Context, c *Call) (any, error) {
			_, err := c.Params()
			failed <- err
			return nil, err
		})
		began := time.Now()
		send(t, c, head+"a=1")
		go io.Copy(io.Discard, c)
		if err := <-failed; err == nil || time.Since(began) != pace {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestASlowCallerIsServedAndMayWaitForTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, func(ctx context.Context, c *Call) (any, error) {
			p, err := c.Params()
			if err != nil {
				return nil, err
			}
			time.Sleep(5 * pace)
			return len(p.Get("a")), context.Cause(ctx)
		})
		send(t, c, head+"a=")
		for range 98 {
			time.Sleep(pace / 2)
			send(t, c, "x")
		}
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if b, err := io.ReadAll(res.Body); string(b) != "98\n" || err != nil || res.StatusCode != 200 {
			t.Errorf("%d %q, %v", res.StatusCode, b, err)
		}
	})
}

func TestACallerWhoTakesNoAnswerIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := make(chan error, 1)
		c := dial(t, func(_ context.Context, c *Call) (any, error) {
			_, err := io.WriteString(c.Writer, strings.Repeat("x", 1<<20))
			failed <- err
			return Written, nil
		})
		began := time.Now()
		send(t, c, strings.Replace(head, "100", "0", 1))
		if err := <-failed; err == nil || time.Since(began) != pace {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

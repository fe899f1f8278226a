package rossgram

import (
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/api/internal/apitest"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/event"
)

// newStream returns a listener with the token of a node's owner.
func newStream(t *testing.T) (*stream, *httptest.ResponseRecorder) {
	n, w := apitest.New(t, "Anna"), httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.Header.Set("Authorization", "Bearer "+n.Token)
	a := New(Parts{Access: n.Access, Index: n.Index})
	return &stream{a, &rest.Call{Request: req, Writer: w}, http.NewResponseController(w)}, w
}

func TestAStreamInWhichNothingHappensShowsThatItLives(t *testing.T) {
	s, w := newStream(t)
	beats := make(chan time.Time)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.run(t.Context(), nil, beats)
	}()
	beats <- time.Now()
	s.Close()
	<-done
	if got := w.Body.String(); !strings.HasPrefix(got, ": ") || !w.Flushed || strings.Contains(got, "data") {
		t.Errorf("sent %q", got)
	}
}

func TestAnEventThatCannotBeWrittenHoldsUpNone(t *testing.T) {
	s, w := newStream(t)
	happened := make(chan event.Event)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.run(ctx, happened, nil)
	}()
	happened <- event.Event{Type: event.Warning, Data: math.NaN()}
	happened <- event.Event{Type: event.Lost, Data: event.LostEvents{Count: 3}}
	happened <- event.Event{Type: event.Warning, Data: "two\nlines"}
	cancel()
	<-done
	const want = "event: lost\ndata: {\"count\":3}\n\nevent: warning\ndata: \"two\\nlines\"\n\n"
	if got := w.Body.String(); !strings.HasSuffix(got, want) && !strings.HasSuffix(got, want[:strings.Index(want, "event: warning")]) {
		t.Errorf("sent %q", got)
	}
}

func TestUpkeepIsDoneOneAtATime(t *testing.T) {
	a := New(Parts{})
	_, err := a.alone(func() (any, error) {
		return a.alone(func() (any, error) { return nil, nil })
	})
	if content.KindOf(err) != content.Conflict {
		t.Errorf("a second one: %v", err)
	}
	if _, err := a.alone(func() (any, error) { return nil, nil }); err != nil {
		t.Errorf("when the first is done: %v", err)
	}
}

func TestSizesForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0 MB", 256_000_000: "256 MB", 1_500_000_000: "1.5 GB"} {
		if got := size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

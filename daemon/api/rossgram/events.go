package rossgram

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/event"
	"rossgram.app/daemon/follow"
)

const (
	// maxListeners is how many streams of events there are at a time.
	maxListeners = 64
	// queuedEvents is how many events wait for a listener before it loses some.
	queuedEvents = 256
	// beat is how often a stream without events gives a sign of life, so that a
	// proxy keeps it and a listener that has gone is noticed.
	beat = 20 * time.Second
)

// events answers with what happens, as it happens, in the stream format of the
// HTML standard (section 9.2, "Server-sent events"): until the caller goes, the
// token is revoked or the server closes.
func (a *API) events(ctx context.Context, c *rest.Call) (any, error) {
	select {
	case a.listeners <- struct{}{}:
		defer func() { <-a.listeners }()
	default:
		return nil, content.Errorf("rossgram.events", content.Unavailable, "too many programs listen already: close some")
	}
	happened, end := a.Events.Subscribe(queuedEvents)
	defer end()
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	h := c.Writer.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx
	s := &stream{a, c, http.NewResponseController(c.Writer)}
	s.run(ctx, happened, ticker.C)
	return rest.Written, nil
}

// stream is one listener.
type stream struct {
	*API
	call    *rest.Call
	control *http.ResponseController
}

// run writes until there is a reason to end; the caller sees an end in any case.
func (s *stream) run(ctx context.Context, happened <-chan event.Event, beats <-chan time.Time) {
	for text := []byte(": listening\n\n"); s.write(ctx, text) == nil; {
		select {
		case <-ctx.Done():
			return
		case <-s.closing:
			return
		case <-beats:
			text = []byte(": still here\n\n")
		case e := <-happened:
			text = s.encode(ctx, e)
		}
	}
}

// write sends a piece, unless the token is good no more.
func (s *stream) write(ctx context.Context, text []byte) error {
	_, secret, _ := strings.Cut(s.call.Request.Header.Get("Authorization"), " ")
	if _, err := s.Access.Authenticate(ctx, strings.TrimSpace(secret)); err != nil {
		return err
	}
	if _, err := s.call.Writer.Write(text); err != nil {
		return err
	}
	return s.control.Flush()
}

// encode returns an event as it is sent; nothing for one that can't be.
func (s *stream) encode(ctx context.Context, e event.Event) []byte {
	data := e.Data
	if state, ok := data.(follow.State); ok {
		of, err := s.accountOf(ctx, state.Account)
		if err != nil {
			return nil
		}
		data = entityOf(of, state)
	}
	b, err := json.Marshal(data) // never more than a line
	if err != nil {
		return nil
	}
	return bytes.Join([][]byte{[]byte("event: "), []byte(e.Type), []byte("\ndata: "), b, []byte("\n\n")}, nil)
}

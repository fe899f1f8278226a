package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// maxEvent is the most bytes of one event, and of one line of it.
const maxEvent = 1 << 20

// Event is something that happened on the node. Type is the name that
// docs/api.md gives it; Data is JSON.
type Event struct {
	Type string
	Data json.RawMessage
}

// Events hands every event to each, in order, until each returns an error,
// which it returns, or the context or the daemon ends. The first call of each
// has the zero Event: the daemon listens, so that what happens from then on is
// not missed.
func (c *Client) Events(ctx context.Context, each func(Event) error) error {
	res, err := c.do(ctx, request{
		method: http.MethodGet, path: Ours + "events",
		header: http.Header{"Accept": {"text/event-stream"}},
	})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := each(Event{}); err != nil {
		return err
	}
	stopped := false
	err = readEvents(res.Body, func(e Event) error {
		err := each(e)
		stopped = err != nil
		return err
	})
	if stopped {
		return err
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return c.unreachable(ctx, err)
}

// readEvents reads a stream as the HTML standard defines it (section 9.2.6,
// "Interpreting an event stream"), without ids and retry times.
func readEvents(r io.Reader, each func(Event) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxEvent)
	var e Event
	for lines.Scan() {
		line := lines.Bytes()
		if len(line) == 0 {
			if e.Data != nil {
				if err := each(e); err != nil {
					return err
				}
			}
			e = Event{}
			continue
		}
		if err := e.field(line); err != nil {
			return err
		}
	}
	return lines.Err()
}

// field adds one line of the stream; a line that begins with a colon is a
// comment.
func (e *Event) field(line []byte) error {
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) {
	case "event":
		e.Type = string(value)
	case "data":
		if e.Data != nil {
			e.Data = append(e.Data, '\n')
		}
		if e.Data = append(e.Data, value...); len(e.Data) > maxEvent {
			return errors.New("an event is too large")
		}
	}
	return nil
}

package client

import (
	"bytes"
	"strings"
	"testing"
)

func TestEventsAreBounded(t *testing.T) {
	long := "data: " + strings.Repeat("x", maxEvent/2)
	for name, stream := range map[string]string{
		"one line":   "data: " + strings.Repeat("x", 2*maxEvent) + "\n\n",
		"many lines": strings.Repeat(long+"\n", 3) + "\n",
	} {
		err := readEvents(strings.NewReader(stream), func(Event) error {
			t.Errorf("%s: the event is handed on", name)
			return nil
		})
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzReadEvents(f *testing.F) {
	f.Add([]byte("event: post\ndata: {}\n\n: c\n\ndata\n\ndata:\n\n"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		_ = readEvents(bytes.NewReader(stream), func(e Event) error {
			if e.Data == nil || len(e.Data) > maxEvent {
				t.Errorf("an event with %d bytes", len(e.Data))
			}
			return nil
		})
	})
}

// Package event tells whoever listens what happens on this node: posts that
// arrive, peers that come and go, warnings. It is for showing, not for deciding:
// a listener that is slow loses events and is told how many, and nobody who
// publishes ever waits.
package event

import (
	"sync"
	"time"
)

// Type is the name of a kind of event, as user interfaces see it.
type Type string

// The kinds of events.
const (
	Post     Type = "post"     // a post was added or changed in a repository held here
	Delete   Type = "delete"   // a post was removed
	Response Type = "response" // a like, reblog, comment or follow was made or taken back
	Profile  Type = "profile"  // a profile changed
	Follow   Type = "follow"   // the state of a follow changed
	Peer     Type = "peer"     // a peer connected or disconnected
	Warning  Type = "warning"  // something the owner should know of
	Lost     Type = "lost"     // this listener was too slow; Data is a [LostEvents]
)

// Event is one thing that happened. Data encodes to JSON with snake_case names.
type Event struct {
	Type Type      `json:"type"`
	Time time.Time `json:"time"`
	Data any       `json:"data"`
}

// LostEvents is the Data of a [Lost] event.
type LostEvents struct {
	Count int `json:"count"`
}

// WarningData is the Data of a [Warning] event: a stable code and a sentence
// that says what to do.
type WarningData struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Bus hands every published event to every listener. The zero Bus is ready; it
// is safe for concurrent use.
type Bus struct {
	mu        sync.Mutex
	listeners map[*listener]struct{}
}

type listener struct {
	ch   chan Event
	lost int
}

// Publish hands out an event of now. It does not wait for listeners.
func (b *Bus) Publish(t Type, data any) {
	e := Event{Type: t, Time: time.Now().UTC(), Data: data}
	b.mu.Lock()
	defer b.mu.Unlock()
	for l := range b.listeners {
		l.offer(e)
	}
}

// offer is called with the bus locked, so that it is the only sender.
func (l *listener) offer(e Event) {
	room := cap(l.ch) - len(l.ch)
	if l.lost > 0 && room >= 2 {
		l.ch <- Event{Type: Lost, Time: e.Time, Data: LostEvents{l.lost}}
		l.lost = 0
		room--
	}
	if room == 0 || l.lost > 0 {
		l.lost++
		return
	}
	l.ch <- e
}

// Subscribe returns a channel of the events published from now on, which holds
// up to n (at least 2) that were not received yet, and a function that ends the
// subscription and closes the channel.
func (b *Bus) Subscribe(n int) (<-chan Event, func()) {
	l := &listener{ch: make(chan Event, max(n, 2))}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.listeners == nil {
		b.listeners = make(map[*listener]struct{})
	}
	b.listeners[l] = struct{}{}
	var once sync.Once
	return l.ch, func() { once.Do(func() { b.remove(l) }) }
}

func (b *Bus) remove(l *listener) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.listeners, l)
	close(l.ch)
}

package event_test

import (
	"testing"

	"rossgram.app/daemon/event"
)

func TestEveryListenerHears(t *testing.T) {
	var bus event.Bus
	a, endA := bus.Subscribe(4)
	b, endB := bus.Subscribe(4)
	defer endB()
	bus.Publish(event.Post, "one")
	if e := <-a; e.Type != event.Post || e.Data != "one" || e.Time.IsZero() {
		t.Errorf("a got %v", e)
	}
	if e := <-b; e.Data != "one" {
		t.Errorf("b got %v", e)
	}
	endA()
	endA()
	bus.Publish(event.Post, "two")
	if _, open := <-a; open {
		t.Error("an ended subscription still hears")
	}
	if e := <-b; e.Data != "two" {
		t.Errorf("b got %v", e)
	}
}

func TestSlowListenerIsToldWhatItLost(t *testing.T) {
	var bus event.Bus
	ch, end := bus.Subscribe(2)
	defer end()
	for i := range 5 {
		bus.Publish(event.Post, i)
	}
	if a, b := <-ch, <-ch; a.Data != 0 || b.Data != 1 {
		t.Fatalf("got %v, %v", a, b)
	}
	bus.Publish(event.Post, 5)
	if e := <-ch; e.Data != (event.LostEvents{Count: 3}) {
		t.Errorf("got %v, want 3 lost", e)
	}
	if e := <-ch; e.Data != 5 {
		t.Errorf("got %v", e)
	}
}

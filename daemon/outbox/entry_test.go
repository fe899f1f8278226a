package outbox

import (
	"testing"
	"time"

	"rossgram.app/content"
)

// TestWhatHasNoRoom: what came to nothing goes first, then what is for somebody who
// never answers, the oldest first.
func TestWhatHasNoRoom(t *testing.T) {
	o := &Outbox{targets: make(map[content.AccountID]*target)}
	silent, answering, refusing := content.AccountID{1}, content.AccountID{2}, content.AccountID{3}
	begin := time.Unix(0, 0)
	at := func(id content.AccountID, s State, n int) place {
		p := place{id, source{path: content.NewPath(content.CollectionLike, time.Duration(n).String())}}
		o.put(id, p.source, entry{state: s, since: begin.Add(time.Duration(n) * time.Second)})
		return p
	}
	for n := range MaxEntries - 3 {
		at(answering, Waiting, n)
	}
	o.targets[answering].answered = true
	refused, old, young := at(refusing, Refused, 30_000), at(silent, Waiting, 10_000), at(silent, Waiting, 20_000)
	if drop := o.excess(); len(drop) != 0 {
		t.Fatalf("%d have no room", len(drop))
	}
	for i, want := range []place{refused, old, young, {answering, source{path: content.NewPath(content.CollectionLike, "0s")}}} {
		at(answering, Waiting, 40_000+i)
		drop := o.excess()
		if len(drop) != 1 || drop[0] != want {
			t.Fatalf("%d: %v, want %v", i, drop, want)
		}
		o.remove(drop[0].target, drop[0].source)
	}
	if _, there := o.targets[silent]; there {
		t.Error("a target stays that there is nothing for")
	}
}

func TestAPauseDoublesUpToTheLongest(t *testing.T) {
	var p Pace
	p.setDefaults()
	for failures, want := range map[int]time.Duration{1: 30 * time.Second, 2: time.Minute, 5: 8 * time.Minute, 11: 6 * time.Hour, 1000: 6 * time.Hour} {
		for range 50 {
			if got := p.after(failures); got < want*3/4 || got > want*5/4 {
				t.Errorf("after %d failures it is %v", failures, got)
			}
		}
	}
}

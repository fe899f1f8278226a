package outbox

import (
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p/mailbox"
)

// State is how far an entry is.
type State string

// The states. What a target has is no entry any more.
const (
	Waiting State = "waiting"  // until somebody takes it
	Refused State = "refused"  // the target does not want it
	GaveUp  State = "given up" // nobody took it for [Lasts], or it can't be told
)

// source is what is told: a path of an actor's repository.
type source struct {
	actor content.AccountID
	path  content.Path
}

// entry says that a target is to hear of a source.
type entry struct {
	state State
	since time.Time // when there was news
	next  time.Time // not before, as the target has said
	tries int       // times that it was put off
	fault string    // why, the last time
	ended time.Time // when it was refused or given up

	change uint64 // another one when there is news of the source; in memory alone
	// fresh says that the target can't have heard of the source: until it is handed
	// to somebody.
	fresh, handed bool
	puzzle        puzzle
}

// puzzle is what a target has set for an entry. It is in memory alone: the target sets
// one again.
type puzzle struct {
	bits int // 0 if none is set
	id   mailbox.ID
	work mailbox.Work
	done bool
}

// due returns when there is something to do for an entry; the zero time if at once,
// and false if another goroutine is doing it.
func (e *entry) due() (time.Time, bool) {
	switch {
	case e.state != Waiting:
		return e.ended.Add(Lasts), true
	case e.puzzle.bits > 0 && !e.puzzle.done:
		return time.Time{}, false
	}
	return e.next, true
}

// target is an account for which there are entries.
type target struct {
	entries map[source]*entry

	// Of visits: in memory, so that a start tries all anew.
	notBefore time.Time // nobody could be reached, or it had enough
	failures  int       // visits in a row after which something was left
	fault     string    // why
	busy      bool
	again     bool                 // a node that holds it came while it was busy
	asked     bool                 // those connected were asked whether they hold it; see askAround
	answered  bool                 // a node has answered for it
	useless   map[peer.ID]struct{} // nodes that do not serve it
}

// due returns when a target is to be visited, and false if it is not.
func (t *target) due() (first time.Time, ok bool) {
	if t.busy {
		return first, false
	}
	for _, e := range t.entries {
		at, is := e.due()
		if at.Before(t.notBefore) {
			at = t.notBefore
		}
		if is && (!ok || at.Before(first)) {
			first, ok = at, true
		}
	}
	return first, ok
}

// put enters an entry. The outbox is locked, or not shared yet.
func (o *Outbox) put(id content.AccountID, s source, e entry) {
	t := o.targets[id]
	if t == nil {
		t = &target{entries: make(map[source]*entry), useless: make(map[peer.ID]struct{})}
		o.targets[id] = t
	}
	if t.entries[s] == nil {
		o.count++
	}
	if e.state == Waiting && !t.waiting() {
		t.asked = false // nobody who came meanwhile was asked
	}
	t.entries[s] = &e
}

// remove ends an entry. Its target stays until no visit is under way. The outbox is
// locked.
func (o *Outbox) remove(id content.AccountID, s source) {
	t := o.targets[id]
	if t == nil || t.entries[s] == nil {
		return
	}
	delete(t.entries, s)
	o.count--
	if len(t.entries) == 0 && !t.busy {
		delete(o.targets, id)
	}
}

func (o *Outbox) entry(id content.AccountID, s source) *entry {
	if t := o.targets[id]; t != nil {
		return t.entries[s]
	}
	return nil
}

// place is where an entry is.
type place struct {
	target content.AccountID
	source
}

package outbox

import (
	"cmp"
	"context"
	"slices"
	"time"

	"rossgram.app/content"
)

// Entry is something that a hosted account said and somebody has not heard of yet.
type Entry struct {
	Target   content.AccountID
	Path     content.Path // of the account's record, which may be gone
	State    State
	Since    time.Time
	Attempts int       // since the last start, where nobody could be reached
	Error    string    // of the last one; why it was refused or given up
	Next     time.Time // when it is tried again at the latest; zero if it is not
}

// Pending returns what others are to hear of an account, and what they could not be
// told in the last 30 days, the oldest first. Kind Permission if the account is not of
// this node.
func (o *Outbox) Pending(_ context.Context, account content.AccountID) ([]Entry, error) {
	if _, ours := o.Replica.Hosted(account); !ours {
		return nil, content.Errorf("outbox.Pending", content.Permission, "the account is not of this node")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	list := []Entry{}
	for id, t := range o.targets {
		for s, e := range t.entries {
			if s.actor == account {
				list = append(list, t.show(id, s, e))
			}
		}
	}
	slices.SortFunc(list, func(a, b Entry) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Path, b.Path), slices.Compare(a.Target[:], b.Target[:]))
	})
	return list, nil
}

func (t *target) show(id content.AccountID, s source, e *entry) Entry {
	shown := Entry{Target: id, Path: s.path, State: e.state, Since: e.since, Attempts: e.tries, Error: e.fault}
	if e.state == Waiting {
		shown.Attempts += t.failures
		shown.Error = cmp.Or(t.fault, e.fault)
		shown.Next = e.next
		if t.notBefore.After(e.next) {
			shown.Next = t.notBefore
		}
	}
	return shown
}

// Counts says how much there is of it all.
type Counts struct {
	Waiting int // to be brought
	Targets int // accounts they are for
	Failed  int // refused or given up in the last 30 days

	// Since the start:
	Delivered int64 // notices that targets or their mirrors took or decided about
	Collected int64 // notices that mirrors had kept
	Bad       int64 // of these, beside them, that were not genuine
}

// Counts answers from memory.
func (o *Outbox) Counts() Counts {
	c := Counts{Delivered: o.delivered.Load(), Collected: o.collected.Load(), Bad: o.bad.Load()}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, t := range o.targets {
		if t.waiting() {
			c.Targets++
		}
		for _, e := range t.entries {
			if e.state == Waiting {
				c.Waiting++
			} else {
				c.Failed++
			}
		}
	}
	return c
}

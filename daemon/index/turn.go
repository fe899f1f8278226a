package index

import (
	"sync"

	"rossgram.app/content"
)

// turns lets one at a time change what is entered of an account, and nobody
// while all is emptied. Its zero value is ready for use.
type turns struct {
	emptying sync.RWMutex

	mu   sync.Mutex
	busy map[content.AccountID]*turn
}

// turn is one account's.
type turn struct {
	sync.Mutex
	wanted int // by how many, counting who has it; under turns.mu
}

// takeTurn waits until nobody else changes an account, and returns what ends the
// turn.
func (ix *Index) takeTurn(account content.AccountID) (end func()) {
	ts := &ix.turns
	ts.emptying.RLock()
	t := ts.want(account)
	t.Lock()
	return func() {
		t.Unlock()
		ts.leave(account, t)
		ts.emptying.RUnlock()
	}
}

func (ts *turns) want(account content.AccountID) *turn {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.busy[account]
	if t == nil {
		if ts.busy == nil {
			ts.busy = make(map[content.AccountID]*turn)
		}
		t = new(turn)
		ts.busy[account] = t
	}
	t.wanted++
	return t
}

func (ts *turns) leave(account content.AccountID, t *turn) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if t.wanted--; t.wanted == 0 {
		delete(ts.busy, account)
	}
}

package index

import (
	"sync"

	"rossgram.app/content"
)

// maxCounted is how many posts the cache of responses has before it begins anew: some
// pages of home for each viewer.
const maxCounted = 4096

// countCache keeps responses that were asked for last, because a timeline is asked for
// all the time, and each look at the database takes longer than the rest of it. Its
// zero value is ready for use.
type countCache struct {
	mu  sync.Mutex
	gen uint64 // goes up with every change
	of  map[subjectRef]map[content.AccountID]Responses
}

// get returns what is known, and to what state of the index add may add.
func (c *countCache) get(s subjectRef, viewer content.AccountID) (r Responses, gen uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok = c.of[s][viewer]
	return r, c.gen, ok
}

// add keeps what was read since get, unless something has changed meanwhile.
func (c *countCache) add(s subjectRef, viewer content.AccountID, r Responses, gen uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gen != gen {
		return
	}
	if c.of == nil || len(c.of) >= maxCounted {
		c.of = make(map[subjectRef]map[content.AccountID]Responses)
	}
	if c.of[s] == nil {
		c.of[s] = make(map[content.AccountID]Responses)
	}
	c.of[s][viewer] = r
}

// drop forgets subjects of which something was committed.
func (c *countCache) drop(changed []subjectRef) {
	if len(changed) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gen++
	for _, s := range changed {
		delete(c.of, s)
	}
}

func (c *countCache) dropAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gen++
	c.of = nil
}

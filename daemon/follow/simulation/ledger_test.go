package simulation

import (
	"sync"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/daemon/replica"
)

// ledger notes what was posted and where it arrived, and when: since the beginning.
type ledger struct {
	began time.Time

	mu    sync.Mutex
	shots map[content.Path]*shot
}

// shot is a post.
type shot struct {
	author int
	at     time.Duration
	files  []cid.Cid
	seen   map[int]time.Duration // by person: when the record was there
	whole  map[int]time.Duration // and when the photo was
}

func newLedger() *ledger { return &ledger{began: time.Now(), shots: make(map[content.Path]*shot)} }

func (l *ledger) now() time.Duration { return time.Since(l.began) }

func (l *ledger) posted(author int, path content.Path, files []cid.Cid) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shots[path] = &shot{author, l.now(), files, make(map[int]time.Duration), make(map[int]time.Duration)}
}

// arrived notes the records of a step, and returns the posts among them.
func (l *ledger) arrived(at int, u replica.Update) []*shot {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []*shot
	for _, rc := range u.Records {
		s := l.shots[rc.Path]
		if s == nil || !rc.New.Defined() {
			continue
		}
		if _, twice := s.seen[at]; !twice {
			s.seen[at] = l.now()
		}
		list = append(list, s)
	}
	return list
}

func (l *ledger) complete(at int, s *shot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.whole[at] = l.now()
}

// partial returns the posts of which somebody has the record and not the photo.
func (l *ledger) partial(at int) []*shot {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []*shot
	for _, s := range l.shots {
		_, seen := s.seen[at]
		_, whole := s.whole[at]
		if seen && !whole {
			list = append(list, s)
		}
	}
	return list
}

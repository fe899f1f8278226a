package discover

import (
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
)

// shortage is an account of which too few holders are connected, and those.
type shortage struct {
	account content.AccountID
	present []peer.ID
	times   int // it was asked about since it is short
}

// short returns the wanted accounts that have too few holders, in no particular
// order.
func (d *Dialer) short() []shortage {
	d.mu.Lock()
	wanted := d.accounts()
	d.mu.Unlock()
	rand.Shuffle(len(wanted), func(i, j int) { wanted[i], wanted[j] = wanted[j], wanted[i] })
	var list []shortage
	for _, a := range wanted {
		if present := d.present(a); len(present) < d.pace.Enough {
			list = append(list, shortage{account: a, present: present})
		}
	}
	return list
}

// quests are the accounts that are short of holders: how often they were asked
// about, and when they are to be again.
type quests struct {
	wait time.Duration // before the first question
	pace Pace          // between two
	all  map[content.AccountID]quest
}

type quest struct {
	times int
	due   time.Time
}

// due returns those of the accounts that are to be asked about now, and forgets
// those that are not short any more. One that was not before waits a moment: the
// dialer may reach those it knows.
func (q *quests) due(short []shortage) []shortage {
	now := time.Now()
	next := make(map[content.AccountID]quest, len(short))
	var due []shortage
	for _, need := range short {
		was, there := q.all[need.account]
		if !there {
			was.due = now.Add(q.wait)
		}
		next[need.account] = was
		if need.times = was.times; !was.due.After(now) {
			due = append(due, need)
		}
	}
	q.all = next
	return due
}

// asked notes that an account was.
func (q *quests) asked(account content.AccountID) {
	was := q.all[account]
	was.times++
	was.due = time.Now().Add(pause(q.pace, was.times))
	q.all[account] = was
}

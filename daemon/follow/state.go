package follow

import (
	"cmp"
	"context"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/daemon/event"
)

// Phase is how far a followed account has got.
type Phase string

// The phases of a follow.
const (
	Resolving   Phase = "resolving"   // nothing of it has been had yet
	Syncing     Phase = "syncing"     // something newer is being fetched
	Current     Phase = "current"     // all that is known to exist is here
	Unreachable Phase = "unreachable" // something is missing, and nobody connected holds the account
	Forked      Phase = "forked"      // two histories were signed; waiting for a higher epoch
)

// Progress counts what of a fetch is done. Total is what is known so far.
type Progress struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// State is one followed account as user interfaces show it.
type State struct {
	Account     content.AccountID `json:"did"`
	Phase       Phase             `json:"phase"`
	Since       time.Time         `json:"since"` // when the phase began
	Version     content.Version   `json:"-"`
	Records     Progress          `json:"records"` // of the last step
	Files       Progress          `json:"files"`
	FileBytes   int64             `json:"file_bytes"`   // of the files that are done
	Holders     int               `json:"holders"`      // peers connected now that serve the account
	LastContact time.Time         `json:"last_contact"` // when a peer last had something to say of it
	Error       string            `json:"error"`        // why the last attempt failed; empty if it did not
}

// account is what the keeper knows of one followed account. All but the ID
// belongs to the keeper's mutex.
type account struct {
	id     content.AccountID
	ctx    context.Context // ends when the account is not followed any more
	cancel context.CancelFunc

	viewers map[content.AccountID]struct{} // hosted accounts that follow it
	cap     int64                          // bytes it may take as a mirror; 0 if it is none
	gone    bool                           // nobody wants it any more: drop it
	began   time.Time                      // when it was followed, or this run began
	look    *time.Timer                    // looks at the phase once resolveFor is over
	chores  [tasks]chore

	state  State
	head   content.Head // the one held; zero if none is
	commit cid.Cid      // its commit
	marked mark         // what of it is known to be complete

	cut     content.Head    // of which a pull brought a part; zero if there is none
	best    *offer          // the newest verified head that is not held yet
	whole   bool            // look for everything that is missing
	refused content.Version // of the last head that was invalid or too much
	gaveUp  bool            // this machine's own, which it has given up: take any other
	forked  content.Epoch   // of which there is evidence of a fork; 0 if there is none
	files   fileWork

	told   State // what was published last
	toldAt time.Time
}

func newAccount(id content.AccountID) *account {
	return &account{id: id, began: time.Now(), viewers: make(map[content.AccountID]struct{})}
}

func (a *account) held() bool { return a.commit.Defined() }

// States returns all followed accounts, in no particular order. Accounts of this
// node are not among them.
func (k *Keeper) States() []State {
	k.mu.Lock()
	defer k.mu.Unlock()
	states := make([]State, 0, len(k.accounts))
	for _, a := range k.accounts {
		if len(a.viewers) > 0 && !a.ownOnly() {
			states = append(states, k.stateOf(a))
		}
	}
	return states
}

// State returns one followed account; false if it is not followed.
func (k *Keeper) State(id content.AccountID) (State, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.accounts[id]
	if a == nil || len(a.viewers) == 0 {
		return State{}, false
	}
	return k.stateOf(a), true
}

// Follows reports whether an account is followed.
func (k *Keeper) Follows(id content.AccountID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.accounts[id]
	return a != nil && len(a.viewers) > 0
}

// stateOf takes a fresh look at an account. The keeper is locked.
func (k *Keeper) stateOf(a *account) State {
	s := &a.state
	s.Account, s.Version, s.Holders = a.id, a.head.Version(), len(k.holders(a.id))
	if p := a.phase(s.Holders); p != s.Phase {
		s.Phase, s.Since = p, time.Now().UTC()
	}
	s.Error = cmp.Or(a.chores[repository].failure, a.chores[files].failure)
	if s.Phase == Unreachable && s.Holders == 0 {
		s.Error = "nobody who is connected holds the account; it is tried again when somebody does: connect to its node, or ask for an invite"
	}
	return *s
}

// phase derives the phase from what there is to do and who could help.
func (a *account) phase(holders int) Phase {
	working, paused := a.best != nil || a.whole || a.files.pending(), false
	for _, c := range a.chores {
		working, paused = working || c.busy, paused || c.paused
	}
	switch {
	case a.forked > 0 && a.forked >= a.head.Commit.Epoch:
		return Forked
	case a.held() && !working:
		return Current
	case working && paused && holders == 0:
		return Unreachable
	case working:
		return Syncing
	case time.Since(a.began) >= resolveFor:
		return Unreachable
	}
	return Resolving
}

// tell publishes the state: at once if the phase or the holders have changed, and
// progress not too often. The keeper is locked.
func (k *Keeper) tell(a *account) {
	s := k.stateOf(a)
	if s.Phase != a.told.Phase || s.Holders != a.told.Holders || time.Since(a.toldAt) >= tellEvery {
		k.publish(a, s)
	}
}

// tellLast publishes what tell has kept back.
func (k *Keeper) tellLast(a *account) { k.publish(a, k.stateOf(a)) }

// publish says what has changed. That a peer had nothing new to say is no news.
func (k *Keeper) publish(a *account, s State) {
	before := a.told
	before.LastContact = s.LastContact
	if s == before || len(a.viewers) == 0 {
		return
	}
	a.told, a.toldAt = s, time.Now()
	k.Events.Publish(event.Follow, s)
}

package outbox

import (
	"context"
	"errors"
	"slices"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/p2p/mailbox"
)

// sent is an entry as it was when its notice was made.
type sent struct {
	source
	entry
	notice mailbox.Notice
	worked bool // the notice has the work that was asked for
	about  bool // it says something of the target, not that it does no longer
}

func notices(batch []sent) []mailbox.Notice {
	list := make([]mailbox.Notice, len(batch))
	for i, s := range batch {
		list[i] = s.notice
	}
	return list
}

// batch makes notices of what is due for a target, as many as go into one message.
func (o *Outbox) batch(ctx context.Context, id content.AccountID) ([]sent, error) {
	for {
		ready := o.ready(id)
		if len(ready) == 0 {
			return nil, nil
		}
		made, err := o.makeAll(ctx, id, ready)
		if err != nil {
			return nil, err
		}
		if len(made) > 0 { // else those that could not be made are not due any more
			return made, nil
		}
	}
}

// ready hands out the oldest of what is due.
func (o *Outbox) ready(id content.AccountID) (list []sent) {
	now := o.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	entries := o.targets[id].entries
	for s, e := range entries {
		if e.ready(now) {
			list = append(list, sent{source: s, entry: *e})
		}
	}
	slices.SortFunc(list, func(a, b sent) int { return a.since.Compare(b.since) })
	list = list[:min(len(list), mailbox.MaxNotices)]
	for _, s := range list {
		entries[s.source].handed = true // before the repository is read, see address
	}
	return list
}

// makeAll makes the notices that fit. Those that can't be made wait, or are given up.
func (o *Outbox) makeAll(ctx context.Context, id content.AccountID, ready []sent) (made []sent, err error) {
	views := make(map[content.AccountID]*repo.View)
	var sizes []int
	for _, s := range ready {
		size, err := o.make(ctx, id, &s, views)
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			if err := o.unmade(ctx, id, s, err); err != nil {
				return nil, err
			}
			continue
		}
		made, sizes = append(made, s), append(sizes, size)
	}
	return made[:mailbox.Fit(sizes)], nil
}

// make makes a notice from the actor's repository as it is now, and returns its size.
func (o *Outbox) make(ctx context.Context, id content.AccountID, s *sent, views map[content.AccountID]*repo.View) (int, error) {
	view := views[s.actor]
	if view == nil {
		var err error
		view, err = o.Replica.View(ctx, s.actor)
		if content.KindOf(err) == content.NotFound {
			return 0, errNoActor
		}
		if err != nil {
			return 0, err
		}
		views[s.actor] = view
	}
	statement, err := mailbox.StatementOf(ctx, view, s.path)
	if err != nil {
		return 0, err
	}
	s.notice, err = mailbox.Verify(mailbox.Draft{Target: id, Statement: statement}, repo.VerifyHead, o.Now())
	if err != nil {
		return 0, err
	}
	if r, there := s.notice.Record(); there {
		to, _ := concerned(s.actor, s.path, r.Data)
		s.about = slices.Contains(to, id)
	}
	if p := s.puzzle; p.done && p.id == s.notice.ID() {
		n := s.notice.WithWork(p.work)
		if s.worked = n.Bits(o.Now(), mailbox.Fresh) > 0; s.worked {
			s.notice = n
		}
	}
	b, err := s.notice.Encode()
	return len(b), err
}

// unmade puts off what can't be made now, and gives up what never can.
func (o *Outbox) unmade(ctx context.Context, id content.AccountID, s sent, cause error) error {
	o.Log.Debug("what is for an account can't be told", "target", id, "actor", s.actor, "record", s.path, "error", cause)
	out := outcome{sent: s, done: errors.Is(cause, errNoActor)}
	switch content.KindOf(cause) {
	case content.Invalid, content.TooLarge:
		out.entry = s.entry.end(GaveUp, content.Message(cause), o.Now())
	default:
		out.entry = s.entry.putOff(o.Now().Add(failedAgain), content.Message(cause))
	}
	return o.change(ctx, id, []outcome{out})
}

// errNoActor ends what an account says that is not of this node any more.
var errNoActor = errors.New("the account is not here any more")

func (e entry) putOff(until time.Time, why string) entry {
	e.next, e.fault = until, why
	e.tries++
	return e
}

func (e entry) end(s State, why string, at time.Time) entry {
	e.state, e.fault, e.ended = s, why, at
	return e
}

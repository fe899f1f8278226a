package outbox

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// enter notes what was found of an account, up to a head. If oldest is not zero, others
// may have been told of it already, and records made before it are noted only. What is
// noted of a record is noted all at once; where it ends early, the next look goes on.
func (o *Outbox) enter(ctx context.Context, head content.Head, list []found, oldest record.Time) error {
	account := head.Account()
	n := newNews()
	for _, f := range list {
		if err := o.note(ctx, n, account, f, oldest); err != nil {
			return err
		}
		if n.len() >= maxChanges {
			if err := o.keep(ctx, n); err != nil {
				return err
			}
			n = newNews()
		}
	}
	n.rows[string(lookedKey(account))] = versionBytes(head.Version())
	if err := o.keep(ctx, n); err != nil {
		return err
	}
	o.looked[account] = head.Version()
	return o.trim(ctx)
}

// note adds what is to be done about one record: whom it concerned before and whom it
// does now are to hear of it.
func (o *Outbox) note(ctx context.Context, n *news, actor content.AccountID, f found, oldest record.Time) error {
	key := toldKey(actor, f.path)
	before, err := o.told(ctx, key)
	if err != nil || before.cid.Equals(f.cid) && f.cid.Defined() {
		return err
	}
	now, made, err := o.read(ctx, actor, f)
	if errors.Is(err, errDamaged) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case len(now.to) > 0:
		n.rows[string(key)] = now.bytes()
	case before.cid.Defined():
		n.rows[string(key)] = nil
	}
	if !before.cid.Defined() && made < oldest {
		return nil
	}
	for _, id := range union(before.to, now.to) {
		o.address(n, place{id, source{actor, f.path}}, oldest > 0 || slices.Contains(before.to, id), slices.Contains(now.to, id))
	}
	return nil
}

// address adds an entry for a target that the record concerned before or does now, or
// takes back one that nobody has heard of.
func (o *Outbox) address(n *news, p place, before, now bool) {
	at := o.Now().UTC().Round(0)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.changes++
	e := entry{state: Waiting, since: at, change: o.changes, fresh: !before}
	if was := o.entry(p.target, p.source); was != nil {
		e.fresh = was.fresh && !was.handed
	}
	if e.fresh && !now {
		n.drop = append(n.drop, p)
		return
	}
	n.enter[p] = e
}

func (o *Outbox) told(ctx context.Context, key []byte) (told, error) {
	b, err := o.room.Get(ctx, key)
	if content.KindOf(err) == content.NotFound {
		return told{}, nil
	}
	return parseTold(b), err
}

var errDamaged = errors.New("the record is damaged")

// read returns whom a record concerns now, and when it was made.
func (o *Outbox) read(ctx context.Context, actor content.AccountID, f found) (told, record.Time, error) {
	if !f.cid.Defined() {
		return told{}, 0, nil
	}
	data, err := o.Store.Get(ctx, f.cid)
	switch content.KindOf(err) {
	case content.NotFound, content.Corrupt:
		o.Log.Warn("a record is damaged, so others do not hear of it", "account", actor, "record", f.path, "error", err)
		return told{}, 0, errDamaged
	}
	if err != nil {
		return told{}, 0, err
	}
	to, made := concerned(actor, f.path, data)
	return told{f.cid, to}, made, nil
}

func union(a, b []content.AccountID) []content.AccountID {
	all := append(slices.Clone(a), b...)
	slices.SortFunc(all, func(x, y content.AccountID) int { return bytes.Compare(x[:], y[:]) })
	return slices.Compact(all)
}

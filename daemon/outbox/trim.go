package outbox

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// trim drops what has no room.
func (o *Outbox) trim(ctx context.Context) error {
	drop := o.excess()
	if len(drop) == 0 {
		return nil
	}
	o.Log.Warn("more is to be brought to other accounts than is remembered: the oldest is given up", "dropped", len(drop), "limit", MaxEntries)
	for chunk := range slices.Chunk(drop, maxChanges) {
		if err := o.keep(ctx, &news{drop: chunk}); err != nil {
			return err
		}
	}
	return nil
}

// excess returns the entries that have no room, see [MaxEntries].
func (o *Outbox) excess() []place {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count <= MaxEntries {
		return nil
	}
	type candidate struct {
		place
		worth int
		since time.Time
	}
	all := make([]candidate, 0, o.count)
	for id, t := range o.targets {
		for s, e := range t.entries {
			all = append(all, candidate{place{id, s}, e.worth(t), e.since})
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.worth, b.worth), a.since.Compare(b.since))
	})
	list := make([]place, o.count-MaxEntries)
	for i := range list {
		list[i] = all[i].place
	}
	return list
}

// worth orders what has no room.
func (e *entry) worth(t *target) int {
	switch {
	case e.state != Waiting:
		return 0
	case !t.answered:
		return 1
	}
	return 2
}

package reception

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
)

// Watch takes the list of responses away with its post; it is a [replica.Watcher]. The
// commit comes later, like others.
func (r *Reception) Watch(ctx context.Context, u replica.Update) error {
	if _, hosted := r.Replica.Hosted(u.Account); !hosted {
		return nil
	}
	var deleted []postName
	for _, rc := range u.Records {
		if rc.Path.Collection() != content.CollectionPost || rc.New.Defined() {
			continue
		}
		if tid, err := content.ParseTID(rc.Path.RecordKey()); err == nil {
			deleted = append(deleted, postName{u.Account, tid})
		}
	}
	if len(deleted) == 0 {
		return nil
	}
	c := &hearing{r: r}
	err := r.update(ctx, 128*len(deleted), func(tx *store.Tx) error {
		c.tx = tx
		for _, p := range deleted {
			seq, err := r.next(tx)
			if err == nil {
				err = c.soil(p, content.CollectionComment, seq)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		r.nudge()
	}
	return err
}

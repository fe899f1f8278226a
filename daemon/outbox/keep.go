package outbox

import (
	"context"

	"rossgram.app/content/store"
)

// maxChanges is how many keys are changed in one transaction, about.
const maxChanges = 1000

// news are changes of what is remembered, made together.
type news struct {
	rows  map[string][]byte // nil to delete
	enter map[place]entry
	drop  []place
}

func newNews() *news { return &news{rows: make(map[string][]byte), enter: make(map[place]entry)} }

func (n *news) len() int { return len(n.rows) + len(n.enter) + len(n.drop) }

// keep makes changes durable and then known.
func (o *Outbox) keep(ctx context.Context, n *news) error {
	if n.len() == 0 {
		return nil
	}
	if err := o.room.Update(ctx, n.write); err != nil {
		return err
	}
	o.mu.Lock()
	for p, e := range n.enter {
		o.put(p.target, p.source, e)
	}
	for _, p := range n.drop {
		o.remove(p.target, p.source)
	}
	o.mu.Unlock()
	for _, p := range n.drop {
		o.seek(p.target)
	}
	o.woken()
	return nil
}

func (n *news) write(tx *store.Tx) error {
	for k, v := range n.rows {
		if err := set(tx, []byte(k), v); err != nil {
			return err
		}
	}
	for p, e := range n.enter {
		b, err := e.bytes()
		if err != nil {
			return err
		}
		if err := tx.Set(p.key(p.target), b); err != nil {
			return err
		}
	}
	for _, p := range n.drop {
		if err := tx.Delete(p.key(p.target)); err != nil {
			return err
		}
	}
	return nil
}

func set(tx *store.Tx, key, value []byte) error {
	if value == nil {
		return tx.Delete(key)
	}
	return tx.Set(key, value)
}

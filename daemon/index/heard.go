package index

import (
	"context"
	"slices"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// Heard is a record that somebody told this node of, whose repository need not be held
// here. Whoever hands it on has verified that the actor says so.
type Heard struct {
	Actor  content.AccountID
	Path   content.Path
	Record []byte    // nil if the actor has taken it back
	At     time.Time // when it came
}

// Heard enters the notifications of a record that came otherwise than with its actor's
// repository. They stay when the index is built anew, and if the record comes with a
// repository too, they are the same. Kind Invalid if it is no record that belongs under
// its path.
func (ix *Index) Heard(ctx context.Context, h Heard) error {
	const op = "index.Heard"
	var list []notice
	if h.Record != nil {
		r, err := record.Decode(slices.Clone(h.Record))
		if err == nil {
			err = record.Check(h.Path, r)
		}
		if err != nil {
			return content.E(op, content.Invalid, err)
		}
		list = noticesOf(h.Actor, h.Path, r)
	}
	defer ix.takeTurn(h.Actor)()
	ix.writing.Lock()
	defer ix.writing.Unlock()
	err := ix.edit(ctx, func(e *edit) error {
		if h.Record == nil {
			return e.unhear(h)
		}
		return e.hear(h, list)
	})
	if err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

func (e *edit) hear(h Heard, list []notice) error {
	held, err := e.told(h.Actor, h.Path)
	for _, n := range list {
		if err != nil {
			break
		}
		if !e.ix.views(n.to) {
			continue
		}
		k := noteKey{n.to, n.identity()}
		var note *note
		if note, err = e.meet(k, n, h.At.UnixMicro()); err != nil || !note.known {
			continue
		}
		note.heard, note.changed = n.bytes(), true
		if !note.dismissed && !slices.Contains(held, n.to) {
			err = e.setNotice(k, note, note.heard)
		}
	}
	return err
}

// unhear takes back what was heard. What a repository says stays until it changes.
func (e *edit) unhear(h Heard) error {
	held, err := e.told(h.Actor, h.Path)
	for _, v := range e.ix.viewers {
		if err == nil && !slices.Contains(held, v) {
			err = e.takeBack(noteKey{v, identityOf(v, h.Actor, h.Path)})
		}
	}
	return err
}

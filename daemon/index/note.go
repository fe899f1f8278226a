package index

import (
	"context"
	"encoding/binary"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// What the index keeps of notifications in the precious state, because no repository
// has it: when each was heard of first, whether it was dismissed, and all of it if it
// came as a notice and not with its actor's repository. An identity is in "n" and "o" or
// in neither.
//
//	n viewer identity    → microseconds since 1970, flags, notice if it was heard
//	o viewer at identity → ""      the same, the oldest first
//	f viewer             → at      up to when older ones were let go
//	r viewer             → id      up to which all were read
const (
	tagNote  = 'n'
	tagOrder = 'o'
	tagFloor = 'f'
	tagRead  = 'r'
)

// MaxNotifications is how many notifications of an account are kept, the newest; those
// that were dismissed count. They are let go some at a time.
const (
	MaxNotifications = 10_000
	notesAtOnce      = 500
)

type noteKey struct {
	viewer content.AccountID
	identity
}

func (k noteKey) bytes() []byte { return key(tagNote, k.viewer[:], k.identity[:]) }

func (k noteKey) order(at int64) []byte {
	return key(tagOrder, k.viewer[:], binary.BigEndian.AppendUint64(nil, uint64(at)), k.identity[:])
}

// note is what is kept of one notification.
type note struct {
	known     bool
	at        int64 // microseconds since 1970
	dismissed bool
	heard     []byte // the notice; nil if it came with a repository

	changed bool // and is to be written
	fresh   bool // was not known before
}

const noteLen = 8 + 1

func (n *note) bytes() []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(n.at))
	if n.dismissed {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	return append(b, n.heard...)
}

func parseNote(b []byte) *note {
	if len(b) < noteLen {
		return new(note)
	}
	n := &note{known: true, at: int64(binary.BigEndian.Uint64(b)), dismissed: b[8] == 1}
	if len(b) > noteLen {
		n.heard = b[noteLen:]
	}
	return n
}

// note returns what is kept of a notification, to be changed.
func (e *edit) note(k noteKey) (*note, error) {
	if n := e.notes[k]; n != nil {
		return n, nil
	}
	b, err := e.ix.state.Get(e.ctx, k.bytes())
	if err != nil && content.KindOf(err) != content.NotFound {
		return nil, err
	}
	n := parseNote(b)
	if e.notes == nil {
		e.notes = make(map[noteKey]*note)
	}
	e.notes[k] = n
	return n, nil
}

// saveNotes makes notes durable, before what is derived from them is.
func (e *edit) saveNotes() error {
	var changed []noteKey
	for k, n := range e.notes {
		if n.changed {
			changed = append(changed, k)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return e.ix.state.Update(e.ctx, func(tx *store.Tx) error {
		for _, k := range changed {
			n := e.notes[k]
			if err := tx.Set(k.bytes(), n.bytes()); err != nil {
				return err
			}
			if err := tx.Set(k.order(n.at), nil); err != nil {
				return err
			}
			if n.fresh {
				e.ix.noted[k.viewer]++
			}
			n.changed, n.fresh = false, false
		}
		return nil
	})
}

// countNotes finds out how many notes of each viewer there are.
func (ix *Index) countNotes(ctx context.Context) error {
	ix.noted = make(map[content.AccountID]int)
	return ix.state.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: []byte{tagOrder}, KeysOnly: true}, func(k, _ []byte) bool {
			ix.noted[content.AccountID(k[1:1+accountLen])]++
			return true
		})
	})
}

// floor is up to when notifications of a viewer were let go, in microseconds.
func (ix *Index) floor(ctx context.Context, viewer content.AccountID) (int64, error) {
	b, err := ix.state.Get(ctx, key(tagFloor, viewer[:]))
	if err != nil || len(b) != 8 {
		if content.KindOf(err) == content.NotFound {
			err = nil
		}
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}

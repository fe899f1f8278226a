package index

import (
	"encoding/binary"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// reaction is a like or a reblog of a subject.
type reaction struct {
	kind    byte // aLike or aReblog
	actor   content.AccountID
	rkey    string // of the record; there is one for a kind, an actor and a subject
	subject subjectRef
	digest  [digestLen]byte
	created record.Time
}

const reactionLen = digestLen + 8

// value is what is kept under the subject.
func (r reaction) value() []byte {
	return binary.BigEndian.AppendUint64(append([]byte{}, r.digest[:]...), uint64(r.created))
}

func (r reaction) recordKey() []byte {
	return key(tagReactionKey, r.actor[:], []byte{r.kind}, []byte(r.rkey))
}

// ofSubject is the prefix of all reactions of a kind to a subject.
func ofSubject(kind byte, s subjectRef) []byte {
	if kind == aReblog {
		return key(tagReblogged, s.bytes())
	}
	return key(tagLiked, s.bytes())
}

func (r reaction) subjectKey() []byte { return append(ofSubject(r.kind, r.subject), r.actor[:]...) }

// likeKey lists a like among those of its actor, by when it was, to the millisecond,
// and the bits that an id has.
func (r reaction) likeKey() []byte {
	id := firstID(r.status())
	return key(tagLikes, r.actor[:], id.bytes(), r.subject.bytes())
}

// status names the reaction as a status; of a like only the first id is used.
func (r reaction) status() statusRef {
	return statusRef{postRef{r.actor, content.NewTID(r.created.Time(), 0)}, r.kind, r.rkey}
}

// reactionOf returns what is entered of a record key; false if nothing is.
func (e *edit) reactionOf(kind byte, actor content.AccountID, rkey string) (r reaction, known bool, err error) {
	r = reaction{kind: kind, actor: actor, rkey: rkey}
	b, err := e.get(r.recordKey())
	if err != nil || b == nil {
		return r, false, err
	}
	if len(b) != subjectLen+reactionLen {
		return r, false, damaged("index.reactionOf")
	}
	r.subject = parseSubject(b)
	copy(r.digest[:], b[subjectLen:])
	r.created = record.Time(binary.BigEndian.Uint64(b[subjectLen+digestLen:]))
	return r, true, nil
}

// putReaction enters a like or a reblog, or another version of it.
func (e *edit) putReaction(r reaction, version content.Version) error {
	if err := e.deleteReaction(r.kind, r.actor, r.rkey, keepIDs); err != nil {
		return err
	}
	if err := e.tx.Set(r.recordKey(), append(r.subject.bytes(), r.value()...)); err != nil {
		return err
	}
	if err := e.tx.Set(r.subjectKey(), r.value()); err != nil {
		return err
	}
	if err := e.count(r.subject, r.kind, +1); err != nil {
		return err
	}
	if r.kind == aLike {
		return e.tx.Set(r.likeKey(), nil)
	}
	return e.showReblog(r, version)
}

// deleteReaction removes what a record key said.
func (e *edit) deleteReaction(kind byte, actor content.AccountID, rkey string, ids fate) error {
	r, known, err := e.reactionOf(kind, actor, rkey)
	if err != nil || !known {
		return err
	}
	if err := e.delete(r.recordKey(), r.subjectKey()); err != nil {
		return err
	}
	if err := e.count(r.subject, kind, -1); err != nil {
		return err
	}
	if kind == aLike {
		return e.tx.Delete(r.likeKey())
	}
	return e.hideReblog(r, ids)
}

package index

import (
	"encoding/binary"

	"rossgram.app/content/record"
	"rossgram.app/content/store"
)

// tally counts responses to a post or a comment: what is known here from those who
// responded, and what the post's author says. The zero tally is not stored.
type tally struct {
	likes, reblogs, comments uint32 // known from accounts held here
	declared                 bool   // the author has said something, which counts
	said                     [3]uint32
}

const tallyLen = 3*4 + 1 + 3*4

func (t tally) bytes() []byte {
	b := make([]byte, 0, tallyLen)
	for _, n := range []uint32{t.likes, t.reblogs, t.comments} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	if t.declared {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	for _, n := range t.said {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

func parseTally(b []byte) (t tally, err error) {
	if len(b) == 0 {
		return t, nil
	}
	if len(b) != tallyLen {
		return t, damaged("index.parseTally")
	}
	at := func(i int) uint32 { return binary.BigEndian.Uint32(b[i:]) }
	return tally{at(0), at(4), at(8), b[12] == 1, [3]uint32{at(13), at(17), at(21)}}, nil
}

// counts returns the likes, reblogs and comments that are shown.
func (t tally) counts() (likes, reblogs, comments int) {
	if t.declared {
		return int(t.said[0]), int(t.said[1]), int(t.said[2])
	}
	return int(t.likes), int(t.reblogs), int(t.comments)
}

func tallyKey(s subjectRef) []byte { return key(tagTally, s.bytes()) }

func readTally(tx *store.Tx, s subjectRef) (tally, error) {
	b, err := (&edit{tx: tx}).get(tallyKey(s))
	if err != nil {
		return tally{}, err
	}
	return parseTally(b)
}

func (e *edit) setTally(s subjectRef, t tally) error {
	e.counted = append(e.counted, s)
	if t == (tally{}) {
		return e.tx.Delete(tallyKey(s))
	}
	return e.tx.Set(tallyKey(s), t.bytes())
}

// count adds to what is known of a subject.
func (e *edit) count(s subjectRef, kind byte, n int32) error {
	t, err := readTally(e.tx, s)
	if err != nil {
		return err
	}
	switch kind {
	case aLike:
		t.likes += uint32(n)
	case aReblog:
		t.reblogs += uint32(n)
	case aComment:
		t.comments += uint32(n)
	}
	return e.setTally(s, t)
}

// declare notes what a post's author says of the responses; nil takes it back.
func (e *edit) declare(post postRef, r *record.Responses) error {
	s := subjectRef{post, aPost}
	t, err := readTally(e.tx, s)
	if err != nil {
		return err
	}
	t.declared, t.said = r != nil, [3]uint32{}
	if r != nil {
		t.said[0], t.said[1] = counted(r.Likes), counted(r.Reblogs)
		if r.Comments != nil {
			t.said[2] = uint32(r.Comments.Count)
		}
	}
	return e.setTally(s, t)
}

func counted(t *record.Tally) uint32 {
	if t == nil {
		return 0
	}
	return uint32(t.Count) // at most 2^32 - 1
}
